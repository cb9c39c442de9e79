Object.assign(exports, process);

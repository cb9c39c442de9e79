// The check against programs: seeks a number that makes a hash begin with zero
// bits, a little at a time, so that the page stays quick.
(() => {
	'use strict';
	const box = document.querySelector('.puzzle');
	if (!box) return;
	const { salt, bits } = box.dataset, form = box.closest('form');

	// SHA-256 of up to 55 bytes of ASCII: one block (FIPS 180-4). Only the first
	// 32 bits of the digest are looked at.
	const k = [], start = [];
	const part = x => (x - Math.floor(x)) * 4294967296 | 0;
	for (let n = 2; k.length < 64; n++) {
		let i = 2;
		while (i * i <= n && n % i) i++;
		if (i * i <= n) continue;
		if (start.length < 8) start.push(part(Math.sqrt(n)));
		k.push(part(Math.cbrt(n)));
	}
	const w = new Int32Array(64);
	const turn = (x, n) => x >>> n | x << 32 - n;
	const head = text => {
		w.fill(0);
		for (let i = 0; i < text.length; i++) w[i >> 2] |= text.charCodeAt(i) << 24 - i % 4 * 8;
		w[text.length >> 2] |= 128 << 24 - text.length % 4 * 8;
		w[15] = text.length * 8;
		let [a, b, c, d, e, f, g, h] = start;
		for (let i = 0; i < 64; i++) {
			if (i > 15) {
				const x = w[i - 15], y = w[i - 2];
				w[i] = w[i - 16] + w[i - 7] + (turn(x, 7) ^ turn(x, 18) ^ x >>> 3) + (turn(y, 17) ^ turn(y, 19) ^ y >>> 10);
			}
			const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + k[i] + w[i] | 0;
			const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
			h = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
		}
		return a + start[0] >>> 0;
	};

	let n = 0, wanted;
	const work = () => {
		for (const end = performance.now() + 12; performance.now() < end;) {
			for (let i = 0; i < 200; i++, n++) {
				if (Math.clz32(head(salt + n)) < bits) continue;
				form.elements.puzzle_solution.value = n;
				box.textContent = box.dataset.done;
				return wanted && form.requestSubmit(wanted === true ? undefined : wanted);
			}
		}
		setTimeout(work);
	};
	// Pressed before it is done: the form is sent when it is.
	form.addEventListener('submit', e => {
		if (form.elements.puzzle_solution.value) return;
		e.preventDefault();
		e.stopPropagation();
		wanted = e.submitter || true;
	});
	box.textContent = box.dataset.working;
	work();
})();

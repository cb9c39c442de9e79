// Loads the apps' pages, and goes on once all have loaded or have had three
// seconds. Without script the page's header goes on.
(() => {
	'use strict';
	const next = document.querySelector('[data-next]');
	const pages = document.querySelectorAll('[data-frame]');
	const go = () => next && location.replace(next.href);
	let left = pages.length;
	for (const page of pages) {
		const frame = document.createElement('iframe');
		frame.hidden = true;
		frame.title = page.dataset.name;
		frame.sandbox = 'allow-scripts allow-same-origin';
		frame.referrerPolicy = 'no-referrer';
		frame.addEventListener('load', () => --left || go(), { once: true });
		frame.src = page.dataset.frame;
		page.after(frame);
	}
	setTimeout(go, left ? 3000 : 0);
})();

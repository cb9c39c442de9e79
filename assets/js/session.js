// Says whether the browser's session is still the one that a session_state was
// made for (OpenID Connect Session Management 1.0 §3.2).
(() => {
	'use strict';
	const name = document.currentScript.dataset.cookie + '=';
	const state = () => (document.cookie.split('; ').find(c => c.startsWith(name)) || name).slice(name.length);
	const digest = async text => {
		const sum = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
		return btoa(String.fromCharCode(...new Uint8Array(sum))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
	};
	addEventListener('message', async e => {
		if (!e.source || e.origin === 'null' || typeof e.data !== 'string') return;
		let answer = 'error';
		const said = /^([^ ]+) ([\w-]+)\.([\w-]+)$/.exec(e.data);
		if (said && crypto.subtle) {
			const now = await digest([said[1], e.origin, state(), said[3]].join(' '));
			answer = now === said[2] ? 'unchanged' : 'changed';
		}
		e.source.postMessage(answer, e.origin);
	});
})();

// What pages gain from script. Every page works without it.
(() => {
	'use strict';
	const d = document;
	const all = (selector, act) => d.querySelectorAll(selector).forEach(act);
	const say = text => { d.getElementById('status').textContent = text; };

	// A password can be read while it is typed, and is hidden again before it is sent.
	const reveal = (button, on) => {
		const input = button.previousElementSibling;
		const { selectionStart: from, selectionEnd: to } = input;
		input.type = on ? 'text' : 'password';
		if (d.activeElement === input) input.setSelectionRange(from, to);
		button.setAttribute('aria-pressed', on);
		button.setAttribute('aria-label', button.dataset[on ? 'hide' : 'show']);
	};
	all('.reveal', button => {
		button.hidden = false;
		button.addEventListener('mousedown', e => e.preventDefault()); // the caret stays in the field
		button.addEventListener('click', () => reveal(button, button.getAttribute('aria-pressed') !== 'true'));
	});

	all('[data-caps]', hint => {
		const input = d.getElementById(hint.dataset.caps);
		const look = e => {
			hint.textContent = e.getModifierState?.('CapsLock') ? hint.dataset.text : '';
		};
		input.addEventListener('keydown', look);
		input.addEventListener('keyup', look);
		input.addEventListener('blur', () => { hint.textContent = ''; });
	});

	// An estimate in words. The server decides, with a long list of common passwords.
	const words = /^(pass(word|wort)?|kennwort|qwert|azerty|letmein|welcome|willkommen|iloveyou|admin|login|monkey|dragon|football|fussball|baseball|sunshine|princess|master|shadow|superman|secret|geheim|hallo|hello|summer|sommer|winter|test|changeme|starwars|freedom|charlie|michael|jordan|computer|internet|abc|user|guest|root)/;
	const rows = ['0123456789', '9876543210', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm'];
	const judge = (value, min, own) => {
		const n = [...value].length, low = value.toLowerCase();
		const plain = low.replace(/[4@]/g, 'a').replace(/0/g, 'o').replace(/3/g, 'e').replace(/[1!]/g, 'i').replace(/[5$]/g, 's');
		const rest = plain.replace(words, '');
		if (n < min) return [1, 'weakShort'];
		if (new Set(low).size < 4 || /^(.{1,4})\1+$/.test(low)) return [1, 'weakRepeated'];
		const row = rows.findIndex(r => { for (let i = 0; i + 6 <= r.length; i++) if (low.includes(r.slice(i, i + 6)) && n < 14) return true; });
		if (row >= 0) return [1, row < 3 ? 'weakSequence' : 'weakKeyboard'];
		if (own.some(o => low.includes(o) && n - o.length < 8)) return [1, 'weakContext'];
		if (rest !== plain && rest.length < 7) return [1, 'weakCommon'];
		const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter(k => k.test(value)).length;
		const sum = new Set(low).size + n + kinds * 2;
		return sum < 24 ? [2, 'fair'] : sum < 31 ? [3, 'good'] : [4, 'strong'];
	};
	all('.strength', box => {
		const input = d.getElementById(box.dataset.strength), text = box.lastElementChild;
		let waiting;
		const show = () => {
			const own = [];
			all('input:not([type=password])', i => { if (i !== input) own.push(...i.value.toLowerCase().split(/[\s@.]+/)); });
			const [score, word] = judge(input.value, +box.dataset.min, own.filter(o => o.length > 3));
			box.hidden = !input.value;
			box.dataset.score = score;
			text.textContent = input.value && box.dataset[word];
		};
		input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(show, 300); });
	});

	// Codes are typed with spaces, copied with dashes, and written in other digits.
	const digits = code => code.normalize('NFKC').replace(/[٠-٩۰-۹]/g, c => c.charCodeAt(0) & 15).replace(/[\s-]/g, '');
	all('input.code:not(.letters)', input => input.addEventListener('change', () => { input.value = digits(input.value); })); // Enter is a change too

	all('form[data-wait]', form => {
		const button = form.querySelector('button'), hint = form.querySelector('[data-countdown]');
		const end = Date.now() + form.dataset.wait * 1000;
		if (!hint) return;
		const tick = () => {
			const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
			if (left) {
				button.setAttribute('aria-disabled', 'true');
				hint.textContent = form.dataset.text.replace('{time}', Math.floor(left / 60) + ':' + String(left % 60).padStart(2, '0'));
				return setTimeout(tick, 500);
			}
			button.removeAttribute('aria-disabled');
			hint.remove();
			form.lastElementChild.textContent = form.dataset.ready;
		};
		tick();
	});

	// What this browser knows by itself, and never sends: the last way in, and
	// when it last tried to make a passkey. A private window may refuse to keep it.
	const keep = (name, value) => {
		try {
			return value === undefined ? localStorage.getItem('ph_' + name) : localStorage.setItem('ph_' + name, value);
		} catch {
			return null; // nothing is kept, then
		}
	};

	// The way in counts as used once no page with an error follows it.
	const turned = d.querySelector('[data-turned]')?.dataset.turned;
	if ((turned ? turned === keep('way') : d.querySelector('#errors ~ form[data-way]')) && keep('was') !== null) keep('way', keep('was'));
	all('.badge[hidden]', badge => {
		const button = badge.closest('[data-way]');
		if (!keep('way') || button.dataset.way !== keep('way')) return;
		badge.hidden = false;
		if (button.matches('.way')) button.parentNode.insertBefore(button, button.parentNode.querySelector('.way'));
	});
	const month = new Date().toISOString().slice(0, 7);
	const used = way => {
		keep('was', keep('way') || '');
		keep('way', way);
	};
	all('a[data-way]', link => link.addEventListener('click', () => used(link.dataset.way)));
	const leave = (form, button) => {
		const way = button?.dataset.way || form.dataset.way, field = form.elements.upgrade;
		if (way && !button?.matches('.way')) used(way);
		if (field && upgrades && keep('upgrade') !== month) field.value = '1';
	};

	// Passkeys. One call is open at any time: a button ends the one that waits
	// behind the name's field.
	const keys = window.PublicKeyCredential && navigator.credentials;
	const raw = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt());
	const text = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
	const read = json => {
		const o = JSON.parse(json).publicKey;
		for (const one of [...o.allowCredentials || [], ...o.excludeCredentials || [], ...o.user ? [o.user] : []]) one.id = raw(one.id);
		o.challenge = raw(o.challenge);
		return o;
	};
	const print = c => {
		const response = { transports: c.response.getTransports?.() };
		for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
			if (c.response[part]) response[part] = text(c.response[part]);
		}
		const { id, type, authenticatorAttachment } = c;
		return JSON.stringify({ id, rawId: text(c.rawId), type, authenticatorAttachment, response, clientExtensionResults: c.getClientExtensionResults() });
	};
	let open, upgrades;
	const call = async (form, mediation) => {
		open?.abort();
		const mine = open = new AbortController(), outcome = form.querySelector('.outcome');
		if (outcome) outcome.textContent = '';
		try {
			const made = await navigator.credentials[form.dataset.passkey]({ publicKey: read(form.dataset.options), mediation, signal: mine.signal });
			form.elements.credential.value = print(made);
			form.requestSubmit();
		} catch {
			if (!mediation && outcome && open === mine) outcome.textContent = outcome.dataset.cancelled;
		}
	};
	all('form[data-passkey]', form => {
		const button = form.querySelector('#passkey');
		if (!keys) return form.querySelectorAll('[data-unable]').forEach(p => { p.hidden = false; });
		if (button) button.hidden = false;
		button?.addEventListener('click', () => call(form));
		if ('conditional' in form.dataset) {
			PublicKeyCredential.isConditionalMediationAvailable?.().then(can => can && !open && call(form, 'conditional'));
		}
		if ('upgrade' in form.dataset) {
			keep('upgrade', month);
			const go = () => { if (!form.dataset.sent) { open.abort(); form.requestSubmit(); } };
			call(form, 'conditional').then(go);
			setTimeout(go, 1500);
		}
	});
	keys && PublicKeyCredential.getClientCapabilities?.().then(can => { upgrades = can.conditionalCreate; }, () => {});

	// A challenge lives for minutes, and pages stay open for days: one that nobody
	// has typed into is fetched anew when it is looked at again.
	const born = Date.now();
	d.addEventListener('visibilitychange', () => {
		const typed = [...d.querySelectorAll('input:not([type=hidden])')].some(i => i.value);
		if (!d.hidden && !typed && d.querySelector('[data-conditional]') && Date.now() - born > 240000) location.replace(location.href);
	});

	// Tells the browser's passkey manager what the server knows (Signal API).
	all('[data-signal]', e => keys && PublicKeyCredential[e.dataset.signal]?.(JSON.parse(e.dataset.with)).catch(() => {}));

	// The link of a message was opened elsewhere: this window goes on by itself.
	all('form[data-state]', form => {
		let waiting;
		const going = () => d.querySelector('form[data-sent]'); // by this, or by the code that was typed
		const look = async () => {
			if (d.hidden || going()) return;
			try {
				const { state } = await (await fetch(form.dataset.state)).json();
				if (state === 'waiting' || going()) return;
				clearInterval(waiting);
				if (state === 'approved') form.requestSubmit();
			} catch {
				return; // the next try may do
			}
		};
		form.querySelector('[data-waiting]').hidden = false;
		form.querySelector('button').hidden = true;
		waiting = setInterval(look, 2000);
		d.addEventListener('visibilitychange', look);
	});

	// Keys and codes that are taken elsewhere: copied, printed, saved as a file.
	const shown = id => {
		const from = d.getElementById(id);
		return from.dataset.text || from.textContent.replace(/\s/g, '');
	};
	const action = (selector, act) => all(selector, button => {
		button.hidden = false;
		button.addEventListener('click', () => act(button));
	});
	if (navigator.clipboard) {
		action('[data-copy]', button => navigator.clipboard.writeText(shown(button.dataset.copy)).then(() => { button.textContent = button.dataset.done; say(button.dataset.done); }));
	}
	action('[data-print]', () => window.print());
	action('[data-save]', button => {
		const link = d.createElement('a');
		link.href = URL.createObjectURL(new Blob([shown(button.dataset.save)], { type: 'text/plain' }));
		link.download = button.dataset.file;
		link.click();
	});

	// A second press sends nothing. The form is free again after a while, and after Back.
	const free = form => {
		delete form.dataset.sent;
		form.querySelectorAll('[type=submit]').forEach(b => b.removeAttribute('aria-disabled'));
		say('');
	};
	d.addEventListener('submit', e => {
		const form = e.target, button = e.submitter || form.querySelector('[type=submit]');
		if (form.dataset.sent || button?.getAttribute('aria-disabled')) return e.preventDefault();
		form.querySelectorAll('.reveal').forEach(b => reveal(b, false));
		leave(form, button);
		form.dataset.sent = '1';
		button?.setAttribute('aria-disabled', 'true');
		say(d.getElementById('status').dataset.sending);
		setTimeout(free, 15000, form);
	});
	addEventListener('pageshow', () => all('form[data-sent]', free));

	// Times in the clock of whoever reads.
	all('time[datetime]', t => {
		const at = new Date(t.dateTime);
		if (!isNaN(at)) t.textContent = at.toLocaleString(d.documentElement.lang, { dateStyle: 'clock' in t.dataset ? undefined : 'medium', timeStyle: 'short', numberingSystem: 'latn' });
	});

	const errors = d.getElementById('errors');
	if (errors && d.activeElement === d.body && !d.querySelector('[autofocus]')) errors.focus();

	const post = d.querySelector('form[data-autopost]');
	const [visit] = performance.getEntriesByType('navigation');
	if (post && visit?.type !== 'back_forward') post.requestSubmit();
})();

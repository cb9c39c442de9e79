// What the account pages alone gain from script.
(() => {
	'use strict';
	const keys = window.PublicKeyCredential, d = document;

	// The password manager is told which passkeys still open the account, and
	// what the account is called (WebAuthn Level 3 §5.1.10). It answers nothing.
	const told = d.querySelector('[data-signals]');
	if (told && keys) {
		const { signals: rpId, user: userId, accepted, name, display: displayName } = told.dataset;
		keys.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds: JSON.parse(accepted) }).catch(() => {});
		keys.signalCurrentUserDetails?.({ rpId, userId, name, displayName }).catch(() => {});
	}

	// A download leaves the page where it is, so its button is free again.
	d.querySelectorAll('form[data-download]').forEach(form => form.addEventListener('submit', () => {
		setTimeout(() => dispatchEvent(new PageTransitionEvent('pageshow')), 1000);
	}));
})();

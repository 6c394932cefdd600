// Passkeys: asks the browser's authenticator and puts its answer into the form. Without this, codes do the same.
"use strict";
{
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  const written = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const listed = (some) => (some || []).map((one) => ({ ...one, id: bytes(one.id) }));

  function toMake(options) {
    return {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: listed(options.excludeCredentials),
    };
  }

  function toSign(options) {
    return { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) };
  }

  function told(credential) {
    const { id, rawId, type, response } = credential;
    const said = { clientDataJSON: written(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) said[name] = written(response[name]);
    }
    return JSON.stringify({ id, rawId: written(rawId), type, response: said, clientExtensionResults: {} });
  }

  // The server gives the challenge only now, and takes it back with the first answer.
  async function asked(form) {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    const answer = await fetch(form.dataset.passkey, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function prove(form, button) {
    const problem = form.querySelector("[data-passkey-problem]");
    problem.hidden = true;
    button.disabled = true;
    try {
      const options = await asked(form);
      const credential = "make" in button.dataset
        ? await navigator.credentials.create({ publicKey: toMake(options) })
        : await navigator.credentials.get({ publicKey: toSign(options) });
      form.elements.passkey.value = told(credential);
      form.submit();
    } catch {
      problem.hidden = false;
      button.disabled = false;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-make], [data-sign]");
    if (!button) return;
    const form = button.closest("form");
    if (form.reportValidity()) prove(form, button);
  });

  if (!window.PublicKeyCredential) {
    for (const button of document.querySelectorAll("[data-make], [data-sign]")) button.hidden = true;
  }
}

package oauth

func checkResponseType(q *AuthorizationRequest) *Error {
	switch q.form.get("response_type") {
	case "code":
		q.ResponseTypes = []string{"code"}
		return nil
	case "":
		return refuse(InvalidRequest, "The response_type is missing.")
	}
	return refuse(UnsupportedResponseType, "The only response_type is code.")
}

func checkFlow(q *AuthorizationRequest) *Error {
	if !flowAllowed(&q.Client, flowCode) {
		return refuse(UnauthorizedClient, "The client may not use the code flow.")
	}
	return nil
}

func checkResponseMode(q *AuthorizationRequest) *Error {
	switch q.form.get("response_mode") {
	case "", ModeQuery, ModeFormPost:
		return nil
	}
	return refuse(InvalidRequest, "The response_mode is none of query and form_post.")
}

func checkNonce(q *AuthorizationRequest) *Error {
	q.Nonce = q.form.get("nonce")
	if len(q.Nonce) > maxNonce {
		return refuse(InvalidRequest, "The nonce is too long.")
	}
	return nil
}

// tentative reads what an error answer needs, before it is checked.
func (q *AuthorizationRequest) tentative() {
	if state := q.form.get("state"); checkStateText(state) {
		q.State = state
	}
	if q.form.get("response_mode") == ModeFormPost {
		q.ResponseMode = ModeFormPost
	}
}

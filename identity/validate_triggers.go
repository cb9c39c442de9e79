package identity

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"poolhouse.dev/identity/trigger"
)

// arnPattern is ArnType of the Cognito API model.
var arnPattern = regexp.MustCompile(`^arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?$`)

// triggerRules are what must hold for lambda_config. Where a target leads is
// known to whoever runs it (checkTriggers).
func triggerRules(p *Pool) []setting {
	const at = "lambda_config."
	c := &p.LambdaConfig
	rules := []setting{
		{at + "kms_key_id", c.KMSKeyID == "" || len(c.KMSKeyID) <= 2048 && arnPattern.MatchString(c.KMSKeyID), "must be the ARN of a key"},
		{at + "pre_token_generation", c.PreTokenGeneration == "" || c.PreTokenGenerationConfig == nil || c.PreTokenGeneration == c.PreTokenGenerationConfig.LambdaARN,
			"must be what pre_token_generation_config.lambda_arn is, where both are set"},
	}
	for field, v := range map[string]*trigger.Versioned{
		"pre_token_generation_config": c.PreTokenGenerationConfig, "custom_email_sender": c.CustomEmailSender,
		"custom_sms_sender": c.CustomSMSSender, "inbound_federation": c.InboundFederation,
	} {
		rules = append(rules, setting{at + field + ".lambda_arn", v == nil || v.LambdaARN != "", "is missing"})
	}
	for _, one := range c.Attached() {
		known := trigger.Versions(one.Kind)
		version := strings.TrimSuffix(one.Field, "lambda_arn") + "lambda_version"
		rules = append(rules,
			setting{at + one.Field, isTarget(one.LambdaARN), "takes a path, an http or https URL, or an ARN, of at most 2048 characters"},
			setting{at + version, one.LambdaVersion == "" || slices.Contains(known, one.LambdaVersion), "takes " + strings.Join(known, ", ")})
	}
	slices.SortStableFunc(rules, func(a, b setting) int { return strings.Compare(a.field, b.field) })
	return rules
}

func isTarget(text string) bool {
	switch {
	case len(text) > 2048 || strings.ContainsAny(text, "\x00\n\r"):
		return false
	case trigger.IsARN(text):
		return arnPattern.MatchString(text)
	case trigger.IsURL(text):
		u, err := url.Parse(text)
		return err == nil && u.Hostname() != "" && u.Fragment == ""
	}
	return !strings.Contains(text, "://")
}

// checker says whether triggers can be asked where they are attached.
type checker interface {
	MayAttach(ctx context.Context, pool, target string) error
	Check(kind trigger.Kind, target string) error
}

// checkTriggers refuses what is newly attached and cannot be asked, or not by
// whoever asks: an ARN that nothing maps, a path without a handler, a handler with a mistake in it. What
// was attached before stays, whatever became of it.
func (s *Settings) checkTriggers(ctx context.Context, p *Pool) error {
	run, ok := s.Triggers.(checker)
	if !ok {
		return nil
	}
	before, err := s.Pool(ctx, p.ID)
	if code, known := CodeOf(err); err != nil && (!known || code != PoolNotFound) {
		return err
	}
	var failed error
	for _, one := range p.LambdaConfig.Attached() {
		if had, _ := before.LambdaConfig.Of(one.Kind); had.LambdaARN == one.LambdaARN {
			continue
		}
		err := run.MayAttach(ctx, string(p.ID), one.LambdaARN)
		if err == nil {
			err = run.Check(one.Kind, one.LambdaARN)
		}
		if err != nil {
			failed = errors.Join(failed, &Error{Code: InvalidParameter, Op: "Settings.PutPool", Field: "lambda_config." + one.Field, Err: err})
		}
	}
	return failed
}

// Compares the answer with what was created (context form).
exports.handler = (event, context) => {
  event.response.answerCorrect = event.request.privateChallengeParameters.answer === event.request.challengeAnswer;
  context.succeed(event);
};

import { Interface } from 'ethers'

import { contractErrors } from '../abi/errors.ts'
import { CLAIM_STATES, INHERITANCE_STATES } from '../core/claim.ts'
import { MAX_LISTED } from '../core/evaluate.ts'
import { CREDENTIAL_STATES, MODEL_STATUSES } from '../core/lineage.ts'
import { RECALL_KINDS, RECALL_STATES } from '../core/recall.ts'
import { REVIEW_STATES } from '../core/review.ts'
import { LAST_FAMILY } from '../core/terms.ts'
import { METRIC_NAMES } from '../core/topics.ts'
import { PART_NAMES, RELATION_NAMES, rightsOf, SCOPE_NAMES, scopesOf } from '../core/vocabulary.ts'
import { ContractError, type DecodedContractError } from './contractError.ts'

/** What each custom error means and what to do, for people. `docs/errors.md` is made from this table. */
export const CONTRACT_ERRORS: Readonly<Record<string, (args: DecodedContractError['args']) => string>> = {
  AccessManagedUnauthorized: ({ caller }) =>
    `${caller} does not have the role for this. Ask the administrator of the ledger's AccessManager.`,
  AccessManagedRequiredDelay: ({ caller, delay }) =>
    `${caller} has the role only after a delay of ${delay} seconds. Schedule the call with the AccessManager first.`,
  DirectAccessThroughManager: ({ manager }) =>
    `The call came through the AccessManager ${manager}, which would be named in place of the caller. Call the contract itself, with the same arguments; a scheduled call works that way too.`,
  ModelRegistryUnknownModel: ({ model }) => `Model ${model} is not registered here. Check the id and the deployment.`,
  ModelRegistryAlreadyRegistered: ({ model }) =>
    `Model ${model} is registered already: the same publisher has made the same statement before. Nothing is left to do.`,
  ModelRegistryUnknownParent: ({ parent }) =>
    `The parent ${parent} is not registered. Register it first, or before its child in the same batch, or name it as an external parent.`,
  ModelRegistryRecalledParent: ({ parent }) =>
    `The parent ${parent} has been recalled: nothing can be made from it. If the authority's recall was undone, sync it first: stemma model sync ${parent}.`,
  ModelRegistryDuplicateParent: ({ parent }) => `The parent ${parent} is named twice. Name it once.`,
  ModelRegistryMissingRelation: ({ parent }) =>
    `The relation to the parent ${parent} is missing. Say how the model was made from it.`,
  ModelRegistryUnknownRelation: ({ parent, relation }) =>
    `The relation to the parent ${parent} is ${Number(relation) % 16}, which is not defined. Use a number from 1 to ${RELATION_NAMES.length}.`,
  ModelRegistryUnknownPart: ({ parent }) =>
    `The part of the parent ${parent} is 7, which is not defined. Use a number from 0 to ${PART_NAMES.length - 1}.`,
  ModelRegistryRegisteredExternal: ({ parent }) =>
    `The parent ${parent} is named as external, but it is registered. Name it as a registered parent.`,
  ModelRegistryTooManyParents: ({ count }) =>
    `There are ${count} parents; the most is 8. Register an intermediate merge of some of them.`,
  ModelRegistryMissingWeights: () => 'The registration states no weights. Compute their digest: stemma digest <path>.',
  ModelRegistryTextTooLong: ({ length }) => `The URI or the reason has ${length} bytes; the most is 2048. Shorten it.`,
  ModelRegistrySignatureExpired: ({ deadline }) =>
    `The signature was good until ${time(deadline)}, which has passed. Ask the publisher for another one.`,
  ModelRegistryOtherEpoch: ({ publisher, epoch, current }) =>
    `The signature is for epoch ${epoch} of ${publisher}, whose epoch is ${current}: its controller has changed. Ask the publisher for another one.`,
  ModelRegistryInvalidSignature: ({ signer }) =>
    `The signature is not ${signer}'s for this registration, epoch, deadline, chain and contract. Sign exactly what is sent.`,
  ModelRegistryStatusOnlyAdvances: ({ model, status, next }) =>
    `Model ${model} is ${name(MODEL_STATUSES, status)} and cannot become ${name(MODEL_STATUSES, next)}: a status only advances.`,
  ModelRegistrySelfSuccession: ({ model }) => `Model ${model} cannot supersede itself. Name its successor.`,
  ModelRegistryEmptyBatch: () =>
    'A batch needs a root and at least one registration. Build it first: stemma batch build.',
  ModelRegistryAlreadyAnchored: ({ publisher, root }) =>
    `${publisher} has anchored the batch ${root} before. Nothing is left to do.`,
  RecallsMissingDigest: () =>
    'A digest or an id is zero. Name the digest, or the id of the model or the external parent.',
  RecallsAlreadyRecalled: ({ kind, digest }) =>
    `The ${name(RECALL_KINDS, kind)} ${digest} is recalled already. Nothing is left to do.`,
  RecallsNotUndoable: ({ kind, digest, state }) =>
    `The recall of the ${name(RECALL_KINDS, kind)} ${digest} cannot be undone: ${UNDO_REASONS[name(RECALL_STATES, state)] ?? state}.`,
  RecallsUndoTimePassed: ({ kind, digest, undoUntil }) =>
    `The recall of the ${name(RECALL_KINDS, kind)} ${digest} could be undone until ${time(undoUntil)}, which has passed. It holds for good.`,
  RecallsOwnRecall: ({ account }) => `${account} made this recall itself. Ask another guardian to undo it.`,
  RecallsMissingName: () => 'The name of the external parent is empty. Give the name that its id is the hash of.',
  RecallsTextTooLong: ({ length }) => `The name or the reason has ${length} bytes; the most is 2048. Shorten it.`,
  RecallsAlreadyBound: ({ externalModel, model }) =>
    `The external parent ${externalModel} is bound to model ${model} already. Nothing is left to do.`,
  RecallsNotBound: ({ externalModel, model }) =>
    `The external parent ${externalModel} is not bound to model ${model}. Check both ids.`,
  RecallsTooManyBindings: ({ externalModel }) =>
    `The external parent ${externalModel} has 4 bindings, which is the most. Remove one first.`,
  ModelRegistryUnknownBatch: ({ publisher, root }) =>
    `${publisher} has anchored no batch ${root}. Anchor it first, or check the batch file and the deployment.`,
  ModelRegistryRevokedBatch: ({ publisher, root }) =>
    `${publisher} revoked the batch ${root}, so nothing can be materialized from it. Ask the publisher to register the model, or to anchor another batch.`,
  ModelRegistryInvalidProof: ({ model, root, index }) =>
    `The proof does not show model ${model} at the place ${index} of the batch ${root}. Prove it again from the batch file: stemma batch prove.`,
  UsageAuditTextLength: ({ length }) => `Origin or name of the endpoint has ${length} bytes: use 1 to 2048.`,
  UsageAuditEmptyStatement: ({ from, until }) =>
    `The statement would end at ${time(until)}, not after its beginning at ${time(from)}. Name a later end.`,
  UsageAuditUnexpectedEvidence: ({ evidence }) =>
    `The evidence ${evidence} does not go with the grade: a statement that is "stated" names none, any other does.`,
  UsageAuditSignatureExpired: ({ deadline }) =>
    `The signed statement could be anchored until ${time(deadline)}. Ask the publisher to sign it again.`,
  UsageAuditOtherEpoch: ({ publisher }) =>
    `The control of the publisher ${publisher} has changed since the statement was signed. Ask it to sign again.`,
  UsageAuditOtherRevision: ({ publisher, revision, next }) =>
    `The statement was signed as word number ${revision} of ${publisher} about the endpoint, and the next is number ${next}: it was anchored already, or the publisher has stated or revoked something since. Ask it to sign again.`,
  UsageAuditInvalidSignature: ({ signer }) =>
    `The signature is not that of ${signer} for this statement, chain and contract. Ask the publisher for another file.`,
  UsageAuditUnauthorized: ({ operator, account }) =>
    `${account} may not act for ${operator}. Use its controller's key, or let the controller name ${account} as an operator in the scope audit (deploy for a statement about an endpoint).`,
  UsageAuditNotController: ({ operator, account }) =>
    `${account} does not control the operator ${operator}, whose controller alone reopens its logs. Use the controller's key.`,
  UsageAuditUnexpectedEpoch: ({ current, epoch }) =>
    `The log states the epoch ${epoch}, and the open one is ${current}. Anchor the log of the epoch ${current}, or begin a file that states it.`,
  UsageAuditEmptyLog: ({ log }) =>
    `Nothing is anchored of the open log ${log}, so it does not have to be reopened. Anchor in it.`,
  UsageAuditUnknownCredential: ({ credential }) => `There is no credential ${id(credential)}. Check the id in the log.`,
  UsageAuditNotLarger: ({ current, size }) =>
    `The latest checkpoint has ${current} records, and this one has ${size}. Anchor again when the log has grown.`,
  UsageAuditImplausibleCounts: ({ size, calls, tokens }) =>
    `${calls} calls and ${tokens} tokens do not fit a log of ${size} records: counts only grow, and there is a record for each call.`,
  UsageAuditMissingRoot: () => 'The root of the log is missing. Compute it from the log: stemma usage checkpoint.',
  UsageAuditUnknownCheckpoint: ({ log, size }) =>
    `The log ${log} has no checkpoint of ${size} records. List its checkpoints: stemma usage replay.`,
  WritePausePaused: ({ until }) =>
    `The guardian has paused new writes until ${time(until)}. Try again then; reading, revoking and recalling go on.`,
  WritePauseNotPaused: () => 'Writes are not paused. Nothing is left to do.',
  WritePauseTooSoon: ({ from }) => `The next pause cannot begin before ${time(from)}.`,
  PublisherRegistryUnauthorized: ({ publisher, account, scope }) =>
    `${account} may not act for the publisher ${publisher} in the scope ${scopeList(scope)}. Use its controller's key, or let the controller name ${account} as an operator in that scope.`,
  PublisherRegistryNotController: ({ publisher, account }) =>
    `${account} is not the controller of the publisher ${publisher}, and only the controller may do this.`,
  PublisherRegistryNotPendingController: ({ publisher, account, pending }) =>
    `${account} was not proposed as the controller of ${publisher} (${pending} is). Let the controller propose it first.`,
  PublisherRegistryProfileMismatch: ({ publisher, expected, actual }) =>
    `The profile of ${publisher} is ${actual}, not ${expected}: it changed since it was checked. Check it again.`,
  PublisherRegistryExpired: ({ until }) =>
    `${time(until)} is not in the future. Name a later time, or 0 to end it now.`,
  PublisherRegistryUndefinedScopes: ({ scopes }) =>
    `The mask ${scopes} has bits without a scope. Use ${SCOPE_NAMES.join(', ')} only.`,
  PublisherRegistryWithdrawnScopes: ({ publisher, operator, scopes }) =>
    `${operator} was removed as an operator of ${publisher} for ${scopeList(scopes)}, and its old signatures would count again. Name another key, or hand control over (to yourself, if you keep it) before you name it again.`,
  PublisherRegistryEmptyVerification: ({ from, until }) =>
    `The verification would end at ${time(until)}, not after its beginning at ${time(from)}. Name a later end, or zero for both to withdraw it.`,
  PublisherRegistryDomainTooLong: ({ length }) => `The domain has ${length} bytes; a domain name has at most 253.`,
  LicenseRegistryUnknownTerms: ({ terms }) =>
    `The terms ${terms} are not published here. Publish them first: stemma terms publish.`,
  LicenseRegistryAlreadyPublished: ({ terms }) => `The terms ${terms} are published already. Use them as they are.`,
  LicenseRegistryUndefinedRights: ({ rights }) =>
    `The mask ${rights} has bits without a right. Use defined rights only.`,
  LicenseRegistryUndefinedObligations: ({ obligations }) =>
    `The mask ${obligations} has bits without an obligation. Use defined obligations only.`,
  LicenseRegistryUndefinedDuties: ({ duties }) =>
    `The duties ${duties} have bits without a use or without an obligation. Use defined uses and obligations only.`,
  LicenseRegistryUndefinedFlags: ({ flags }) =>
    `The flags ${flags} have bits without a meaning. Use defined flags only.`,
  LicenseRegistryUndefinedFamily: ({ family }) => `Unknown family ${family}: use 0 to ${LAST_FAMILY}.`,
  LicenseRegistryUnraisedObligations: ({ index }) =>
    `Threshold number ${index} adds obligations without uses that raise them, or names uses without obligations. State both or neither.`,
  LicenseRegistryUndefinedMetric: ({ metric }) => `Unknown metric ${metric}: use 1 to ${METRIC_NAMES.length}.`,
  LicenseRegistryIdleThreshold: ({ index }) =>
    `Threshold number ${index} withdraws no right and adds no obligation. Leave it out.`,
  LicenseRegistryTooManyThresholds: ({ count }) => `There are ${count} thresholds; the most is 8. Merge some.`,
  LicenseRegistryTextLength: ({ length }) =>
    `A text has ${length} bytes: use 1 to 64 bytes for a name, and at most 2048 for a URI.`,
  LicenseRegistryInvalidSet: () =>
    'A set of terms needs at least one component, and its components are single terms, not sets.',
  LicenseRegistryAlreadyOffered: ({ model, tier }) =>
    `The tier ${tier} of model ${model} was offered before. Use it, or offer one that differs.`,
  LicenseRegistryUnknownTier: ({ model, tier }) =>
    `Model ${model} has no tier ${tier}. List its tiers: stemma show ${model}.`,
  LicenseRegistryTierOffered: ({ model, tier }) =>
    `The tier ${tier} of model ${model} is still offered. Withdraw it first: stemma tier withdraw.`,
  LicenseRegistryTierReleased: ({ model, tier }) =>
    `The tier ${tier} of model ${model} has been released before. Nothing is left to do.`,
  LicenseRegistryTierWithdrawn: ({ model, tier }) =>
    `The tier ${tier} of model ${model} has been withdrawn. Choose another.`,
  LicenseRegistryExcessPassThrough: ({ passThrough, rights }) =>
    `A holder may pass on only what the terms give: ${list(passThrough)} is not within ${list(rights)}.`,
  LicenseRegistryTooManyTiers: ({ model }) =>
    `Model ${model} has 16 tiers, which is the most at a time. Use one of them, or free a place: stemma tier withdraw and release.`,
  LicenseCredentialUnknown: ({ credential }) => `There is no credential ${id(credential)}. Grant it first.`,
  LicenseCredentialAlreadyIssued: ({ credential }) =>
    `The credential ${id(credential)} was issued before, or its offer was canceled. Renew it; or, if it was revoked, offer another tier.`,
  LicenseCredentialUnauthorized: ({ publisher, account }) =>
    `${account} may not act for the publisher ${publisher}, who alone issues and ends credentials for its models. Use its controller's key, or an operator's in the scope grant.`,
  LicenseCredentialNotHolder: ({ holder, account }) =>
    `The offer or the parent is ${holder}'s, and ${account} may not act for it. Send it from the holder's account, or from an operator's in the scope grant.`,
  LicenseCredentialNotRenouncer: ({ holder, account }) =>
    `The credential belongs to ${holder}, and ${account} may not act for it. Renounce it from the holder's account.`,
  LicenseCredentialMissingHolder: () => 'The holder is missing. Name the account that gets the credential.',
  LicenseCredentialEmptyWindow: ({ validFrom, validUntil }) =>
    `The credential would end at ${time(validUntil)}, not after its beginning at ${time(validFrom)}. Name a later end.`,
  LicenseCredentialTooLong: ({ duration, maxDuration }) =>
    `The credential would last ${duration} seconds, and its tier allows ${maxDuration}. Name an earlier end.`,
  LicenseCredentialNotLonger: ({ current, validUntil }) =>
    `The credential lasts until ${time(current)} already; ${time(validUntil)} is not later.`,
  LicenseCredentialNoSubCredentials: ({ tier }) =>
    `The tier ${tier} does not allow sub-credentials. Ask the model's publisher for a credential.`,
  LicenseCredentialIsSubCredential: ({ credential }) =>
    `The credential ${id(credential)} is a sub-credential, and none can be issued under it. Ask the holder of its parent, or the model's publisher.`,
  LicenseCredentialInvalidParent: ({ credential }) =>
    `The parent ${id(credential)} is not valid now, so nothing can be issued or renewed under it. Wait for its beginning, or have it renewed or reinstated.`,
  LicenseCredentialBeyondParent: ({ validUntil, parentUntil }) =>
    `The sub-credential would last until ${time(validUntil)}, and its parent ends at ${time(parentUntil)}. Name an end that is not later.`,
  LicenseCredentialIncompleteAgreement: ({ agreement, lifts }) =>
    `The agreement is ${agreement} and lifts ${list(lifts) || 'nothing'}. State both its digest and the rights that it gives beyond the tier, or neither.`,
  LicenseCredentialUndefinedRights: ({ lifts }) =>
    `The mask ${lifts} has bits without a right. Use defined rights only.`,
  LicenseCredentialTierNotOpen: ({ tier }) =>
    `The tier ${tier} is granted one account at a time. Ask the model's publisher for a credential.`,
  LicenseCredentialUnexpectedState: ({ credential, state }) =>
    `The credential ${id(credential)} is ${name(CREDENTIAL_STATES, state)}, which does not allow this.`,
  LicenseCredentialOfferExpired: ({ deadline }) =>
    `The offer stood until ${time(deadline)}, which has passed. Ask the publisher for another one.`,
  LicenseCredentialOtherEpoch: ({ publisher, epoch, current }) =>
    `The offer is for epoch ${epoch} of ${publisher}, whose epoch is ${current}: its controller has changed, which ends its offers. Ask the publisher for another one.`,
  LicenseCredentialInvalidSignature: ({ signer }) =>
    `The signature is not ${signer}'s for this offer, chain and contract. Accept exactly what was signed.`,
  LicenseCredentialTextTooLong: ({ length }) =>
    `The reason or the URI has ${length} bytes; the most is 2048. Shorten it.`,
  LicenseCredentialSoulbound: () => 'A credential belongs to its holder and can be neither transferred nor approved.',
  LineageClaimsUnknownModel: ({ model }) => `Model ${model} is not registered here. Check the id and the deployment.`,
  LineageClaimsUnknownClaim: ({ claim }) => `There is no claim ${claim} here. Check the id and the deployment.`,
  LineageClaimsAlreadyFiled: ({ claim }) =>
    `The claim ${claim} was filed before. If its evidence is not disclosed, disclose it: stemma claim disclose.`,
  LineageClaimsWrongDeposit: ({ value, deposit }) =>
    `${value} wei were sent, and the deposit is ${deposit} wei. Send exactly the deposit.`,
  LineageClaimsWrongContestPeriod: ({ contestPeriod }) =>
    `The time to contest cannot be ${contestPeriod} seconds. Name a day (86400) to a year (31536000).`,
  LineageClaimsMissingTreasury: () => 'The treasury is missing. Name an account that can take deposits.',
  LineageClaimsMissingSubject: () =>
    'The claim names no subject. Name a model, or a product by its URL or its weights.',
  LineageClaimsMissingRelation: () => 'The relation is missing. Say how the one was made from the other.',
  LineageClaimsSelfParent: ({ model }) => `Model ${model} cannot be its own parent. Name another parent.`,
  LineageClaimsNotAProduct: ({ model }) =>
    `${model} is a registered model. File the claim about the model, so that its publisher can answer.`,
  LineageClaimsAlreadyDeclared: ({ model, parent }) =>
    `Model ${model} has declared ${parent} as a parent in its registration. Nothing is left to claim.`,
  LineageClaimsAlreadyAttested: ({ model, parent }) =>
    `${parent} is an attested parent of model ${model} already. Nothing is left to do.`,
  LineageClaimsUnknownEdge: ({ model, parent }) =>
    `${parent} is neither a declared nor an attested parent of model ${model}. Check both ids.`,
  LineageClaimsNotExternal: ({ model, parent }) =>
    `${parent} is registered, so it is not an external parent of model ${model}. File a claim that replaces nothing.`,
  LineageClaimsAlreadyReplaced: ({ model, parent }) =>
    `A ruling already replaced the external parent ${parent} of model ${model}. Nothing is left to do.`,
  LineageClaimsAlreadyCountersigned: ({ model, parent }) =>
    `That model ${model} was made from ${parent} is countersigned, or ruled on, already. Nothing is left to do.`,
  LineageClaimsTooManyParents: ({ model }) =>
    `Model ${model} has the most attested parents: 8 by its publisher, 32 in all.`,
  LineageClaimsNotController: ({ publisher, account }) =>
    `${account} is not the controller of the publisher ${publisher}. What cannot be undone is the controller's: use its key.`,
  LineageClaimsNotDetachable: ({ model, parent }) =>
    `That model ${model} was made from ${parent} came of a claim, or is countersigned or ruled on, so it stays.`,
  LineageClaimsUnexpectedInheritance: ({ claim, model, state }) =>
    `That model ${model} inherits the claim ${claim} is ${name(INHERITANCE_STATES, state)}, which does not allow this.`,
  LineageClaimsAlreadyExtended: ({ claim, tensors }) =>
    `The claim ${claim} is extended to the tensors ${tensors} already. Nothing is left to do.`,
  LineageClaimsNotClaimant: ({ claim, account }) =>
    `${account} did not file the claim ${claim}, and this is for its claimant alone.`,
  LineageClaimsUnexpectedState: ({ claim, state }) =>
    `The claim ${claim} is ${name(CLAIM_STATES, state)}, which does not allow this.`,
  LineageClaimsProduct: ({ claim }) =>
    `The claim ${claim} is about a product, which has no publisher here. An adjudicator rules on it.`,
  LineageClaimsNotInherited: ({ claim, weights, tensors }) =>
    `The claim ${claim} is not about a product with the weights ${weights}, nor extended to the tensors ${tensors}. Name a claim about just these weights, or have it extended: stemma claim extend.`,
  LineageClaimsEvidenceMismatch: ({ claim }) =>
    `The evidence or the salt is not what the claimant of ${claim} committed to. Use the file that was kept when it was filed.`,
  LineageClaimsAlreadyDisclosed: ({ claim }) =>
    `The evidence of the claim ${claim} is disclosed already. Its claimant corrects where it is: stemma claim disclose --uri.`,
  LineageClaimsNotDisclosed: ({ claim }) =>
    `The evidence of the claim ${claim} is not disclosed yet. Its claimant must disclose it first.`,
  LineageClaimsAlreadyAccepted: ({ claim }) =>
    `The claim ${claim} is accepted for ruling already. Rule on it: stemma claim rule.`,
  LineageClaimsNotAccepted: ({ claim }) =>
    `The claim ${claim} is not accepted for ruling. Accept it first: stemma claim accept.`,
  LineageClaimsContestOpen: ({ claim, contestUntil }) =>
    `The claim ${claim} can be contested until ${time(contestUntil)}. Rule after that, or once it is contested.`,
  LineageClaimsContestClosed: ({ claim, contestUntil }) =>
    `The claim ${claim} could be contested until ${time(contestUntil)}, which has passed. Send the answer to the adjudicator.`,
  LineageClaimsTextTooLong: ({ length }) => `The URI has ${length} bytes; the most is 2048. Shorten it.`,
  LineageClaimsNoDeposit: ({ account }) => `${account} has no deposit to take back.`,
  LineageClaimsTransferFailed: ({ to }) => `${to} did not take the deposit, or is nobody. Name another account.`,
  ReviewGateUnknownReview: ({ subject }) =>
    `Nobody has requested a review of ${subject}. Request it first: stemma review request.`,
  ReviewGateUnexpectedState: ({ subject, state }) =>
    Number(state) === 0
      ? `${subject} is the id of a model, not a digest of weights. Name the model.`
      : `The review of ${subject} is ${name(REVIEW_STATES, state)}, which does not allow this.`,
  ReviewGateUnknownModel: ({ model }) =>
    `Model ${model} is not registered here. Register it first, or name its weights.`,
  ReviewGateMissingWeights: () => 'The digest of the weights is missing. Compute it: stemma digest <path>.',
  ReviewGateClockRunning: ({ subject, readyAt, readyBlock }) =>
    `The review of ${subject} is decided from ${time(readyAt)} and block ${readyBlock} on. Try again then.`,
  ReviewGateQuorumMissing: ({ subject, passed, quorum }) =>
    `${passed} of ${quorum} organizations have passed ${subject} since its review was requested. Ask more scanners.`,
  ReviewGateScanFailed: ({ subject, failed }) =>
    `${failed} organizations have failed ${subject}. Read their reports: stemma review status ${subject}.`,
  ReviewGateTooFewFailures: ({ subject, failed, quorum }) =>
    `${failed} of ${quorum} organizations fail ${subject}; it takes ${quorum} to quarantine it or to freeze it again. Ask more scanners.`,
  ReviewGateClaimsOpen: ({ subject, count }) =>
    `${count} claims about ${subject} are accepted for ruling. Wait for the rulings.`,
  ReviewGateInvalidUses: ({ uses }) => `Invalid mask of uses ${uses}: use defined rights, and at least one.`,
  ReviewGateNotScanner: ({ account }) => `${account} is not accredited as a scanner. Ask the ledger's administrator.`,
  ReviewGateNotCertifier: ({ subject, account }) =>
    `${account} is neither a certifier of ${subject} nor an authority. Use the certifier's key.`,
  ReviewGateAlreadyCertified: ({ subject, certifier, until }) =>
    `${certifier} has certified ${subject} until ${time(until)}. Wait for that end, or ask the certifier or an authority to withdraw it.`,
  ReviewGateNotAuthor: ({ subject, account }) =>
    `${account} neither requested the review of ${subject} nor acts for the model's publisher. Use one of their keys.`,
  ReviewGateNotCertified: ({ subject }) => `${subject} has no certification. Nothing is left to do.`,
  ReviewGateMissingVerdict: () => 'The scan has no verdict. Say whether the weights have passed or failed.',
  ReviewGateMissingScope: () => 'The scan has no scope. Say how far its verdict reaches: files or tensors.',
  ReviewGateMissingTensors: () =>
    'The scope of the scan is its tensors, but it has no digest of them. Compute it: stemma digest <path>.',
  ReviewGateScanOutOfOrder: ({ scannedAt, last }) =>
    `The scan ended at ${time(scannedAt)}, in the future of the chain or not after the scanner's last (${time(last)}). Scan again.`,
  ReviewGateTooManyScanners: ({ digest }) =>
    `64 accredited scanners have scanned ${digest}, which is the most. Use one of them.`,
  ReviewGateSignatureExpired: ({ deadline }) =>
    `The scan could be sent until ${time(deadline)}, which has passed. Ask the scanner for another signature.`,
  ReviewGateInvalidSignature: ({ scanner }) =>
    `The signature is not ${scanner}'s for this scan, deadline, chain and contract. Send exactly what was signed.`,
  ReviewGateExpired: ({ until }) => `${time(until)} is not in the future. Name a later time.`,
  ReviewGatePeriodOutOfRange: ({ period, least, most }) =>
    `Invalid period of ${period} seconds: use ${least} to ${most}.`,
  ReviewGateBlocksOutOfRange: ({ blocks, most }) => `Invalid minimum of ${blocks} blocks: use at most ${most}.`,
  ReviewGateQuorumOutOfRange: ({ quorum, most }) => `Invalid quorum ${quorum}: use 1 to ${most}.`,
  ReviewGateTextTooLong: ({ length }) => `The URI or the reason has ${length} bytes; the most is 2048. Shorten it.`,
  LoadCheckUnknownModel: ({ model }) =>
    `Model ${model} is not registered here. Check the registration and the deployment.`,
  LoadCheckOtherModel: ({ model, asked }) =>
    `The question is about ${asked}, but the registration is that of ${model}. Ask about the registration's own id.`,
  LoadCheckInvalidUses: ({ uses }) => `Invalid mask of uses ${uses}: use defined rights, and at least one.`,
  ComplianceLensUnknownModel: ({ model }) => `Model ${model} is not registered here. Check the id and the deployment.`,
  ComplianceLensInvalidUses: ({ uses }) => `Invalid mask of uses ${uses}: use defined rights, and at least one.`,
  ComplianceLensInvalidFact: ({ topic }) => `The topic ${topic} is not defined. Use a metric of a threshold.`,
  ComplianceLensUnsorted: ({ index }) =>
    `Member number ${index} of a list in the question is not greater than the one before. State each member once, in ascending order.`,
  ComplianceLensTooMany: ({ count }) =>
    `A list in the question has ${count} members; the most is ${MAX_LISTED}. Leave some out.`,
}

/** Why a recall cannot be undone, by its state. */
const UNDO_REASONS: Readonly<Record<string, string>> = {
  none: 'there is none. Check kind and digest',
  undone: 'it was undone before. Nothing is left to do',
  final: 'it is the second one, which is final',
}

const errors = new Interface(contractErrors)

/** Explains revert data; undefined when it is not an error of Stemma's contracts. */
export function explainRevert(data: string, cause?: unknown): ContractError | undefined {
  const parsed = errors.parseError(data)
  if (!parsed) return undefined
  const args = parsed.fragment.inputs.map((input, index) => [input.name || String(index), parsed.args[index]] as const)
  return explainContractError({ errorName: parsed.name, args: Object.fromEntries(args) }, cause)
}

/** The error to throw for a contract's custom error, with the sentence of {@link CONTRACT_ERRORS}. */
export function explainContractError(error: DecodedContractError, cause?: unknown): ContractError {
  const { errorName, args } = error
  // Accounts are in lower case, as everywhere else, so that a reader finds what another answer named.
  const written = Object.entries(args).map(([name, value]) => [name, isAddress(value) ? value.toLowerCase() : value])
  const sentence = CONTRACT_ERRORS[errorName]?.(Object.fromEntries(written) as DecodedContractError['args'])
  return new ContractError(
    error,
    sentence ?? `The contract refused with ${errorName}(${Object.values(args).join(', ')}).`,
    cause,
  )
}

function isAddress(value: string | bigint): value is string {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)
}

function time(value: string | bigint | undefined): string {
  const seconds = Number(value)
  return seconds < 253_402_300_800 ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : `second ${seconds}`
}

function name(names: readonly string[], value: string | bigint | undefined): string {
  return names[Number(value)] ?? String(value)
}

function scopeList(mask: string | bigint | undefined): string {
  return scopesOf(Number(mask)).join(', ')
}

function list(mask: string | bigint | undefined): string {
  return rightsOf(Number(mask)).join(', ') || 'nothing'
}

function id(value: string | bigint | undefined): string {
  return `0x${BigInt(value ?? 0)
    .toString(16)
    .padStart(64, '0')}`
}

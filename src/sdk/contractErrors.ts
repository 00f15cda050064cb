import { Interface } from 'ethers'

import { contractErrors } from '../abi/errors.ts'
import { CLAIM_STATES } from '../core/claim.ts'
import { VERDICTS } from '../core/evaluate.ts'
import { CREDENTIAL_STATES, MODEL_STATUSES } from '../core/lineage.ts'
import { REVIEW_STATES } from '../core/review.ts'
import { METRIC_NAMES, rightsOf } from '../core/vocabulary.ts'
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
    `The parent ${parent} is not registered. Register it first, or before its child in the same batch.`,
  ModelRegistryRecalledParent: ({ parent }) => `The parent ${parent} has been recalled: nothing can be made from it.`,
  ModelRegistryDuplicateParent: ({ parent }) => `The parent ${parent} is named twice. Name it once.`,
  ModelRegistryMissingRelation: ({ parent }) =>
    `The relation to the parent ${parent} is missing. Say how the model was made from it.`,
  ModelRegistryTooManyParents: ({ count }) =>
    `There are ${count} parents; the most is 8. Register an intermediate merge of some of them.`,
  ModelRegistryMissingWeights: () => 'The registration states no weights. Compute their digest: stemma digest <path>.',
  ModelRegistryTextTooLong: ({ length }) => `The URI or the reason has ${length} bytes; the most is 2048. Shorten it.`,
  ModelRegistrySignatureExpired: ({ deadline }) =>
    `The signature was good until ${time(deadline)}, which has passed. Ask the publisher for another one.`,
  ModelRegistryInvalidSignature: ({ signer }) =>
    `The signature is not ${signer}'s for this registration, deadline, chain and contract. Sign exactly what is sent.`,
  ModelRegistryStatusOnlyAdvances: ({ model, status, next }) =>
    `Model ${model} is ${name(MODEL_STATUSES, status)} and cannot become ${name(MODEL_STATUSES, next)}: a status only advances.`,
  ModelRegistrySelfSuccession: ({ model }) => `Model ${model} cannot supersede itself. Name its successor.`,
  ModelRegistryEmptyBatch: () =>
    'A batch needs a root and at least one registration. Build it first: stemma batch build.',
  ModelRegistryAlreadyAnchored: ({ publisher, root }) =>
    `${publisher} has anchored the batch ${root} before. Nothing is left to do.`,
  ModelRegistryUnknownBatch: ({ publisher, root }) =>
    `${publisher} has anchored no batch ${root}. Anchor it first, or check the batch file and the deployment.`,
  ModelRegistryRevokedBatch: ({ publisher, root }) =>
    `${publisher} revoked the batch ${root}, so nothing can be materialized from it. Ask the publisher to register the model, or to anchor another batch.`,
  ModelRegistryInvalidProof: ({ model, root }) =>
    `The proof does not lead from model ${model} to the root ${root}. Prove it again from the batch file: stemma batch prove.`,
  UsageAuditUnauthorized: ({ operator, account }) =>
    `${account} may not anchor a log of the operator ${operator}. Use its controller's key, or let the controller name ${account} as an operator.`,
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
  PublisherRegistryUnauthorized: ({ publisher, account }) =>
    `${account} may not act for the publisher ${publisher}. Use its controller's key, or let the controller name ${account} as an operator.`,
  PublisherRegistryNotController: ({ publisher, account }) =>
    `${account} is not the controller of the publisher ${publisher}, and only the controller may do this.`,
  PublisherRegistryNotPendingController: ({ publisher, account, pending }) =>
    `${account} was not proposed as the controller of ${publisher} (${pending} is). Let the controller propose it first.`,
  PublisherRegistryProfileMismatch: ({ publisher, expected, actual }) =>
    `The profile of ${publisher} is ${actual}, not ${expected}: it changed since it was checked. Check it again.`,
  PublisherRegistryExpired: ({ until }) =>
    `${time(until)} is not in the future. Name a later time, or 0 to end it now.`,
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
  LicenseRegistryTierWithdrawn: ({ model, tier }) =>
    `The tier ${tier} of model ${model} has been withdrawn. Choose another.`,
  LicenseRegistryExcessPassThrough: ({ passThrough, rights }) =>
    `A holder may pass on only what the terms give: ${list(passThrough)} is not within ${list(rights)}.`,
  LicenseRegistryTooManyTiers: ({ model }) => `Model ${model} has 16 tiers, which is the most. Use one of them.`,
  LicenseCredentialUnknown: ({ credential }) => `There is no credential ${id(credential)}. Grant it first.`,
  LicenseCredentialAlreadyIssued: ({ credential }) =>
    `The credential ${id(credential)} was issued before. Renew it; or, if it was revoked, offer another tier.`,
  LicenseCredentialUnauthorized: ({ publisher, account }) =>
    `${account} may not act for the publisher ${publisher}, who alone issues and ends credentials for its models.`,
  LicenseCredentialNotHolder: ({ holder, account }) =>
    `The offer is for ${holder}, and ${account} may not act for it. Send it from the holder's account.`,
  LicenseCredentialMissingHolder: () => 'The holder is missing. Name the account that gets the credential.',
  LicenseCredentialEmptyWindow: ({ validFrom, validUntil }) =>
    `The credential would end at ${time(validUntil)}, not after its beginning at ${time(validFrom)}. Name a later end.`,
  LicenseCredentialTooLong: ({ duration, maxDuration }) =>
    `The credential would last ${duration} seconds, and its tier allows ${maxDuration}. Name an earlier end.`,
  LicenseCredentialNotLonger: ({ current, validUntil }) =>
    `The credential lasts until ${time(current)} already; ${time(validUntil)} is not later.`,
  LicenseCredentialTierNotOpen: ({ tier }) =>
    `The tier ${tier} is granted one account at a time. Ask the model's publisher for a credential.`,
  LicenseCredentialUnexpectedState: ({ credential, state }) =>
    `The credential ${id(credential)} is ${name(CREDENTIAL_STATES, state)}, which does not allow this.`,
  LicenseCredentialOfferExpired: ({ deadline }) =>
    `The offer stood until ${time(deadline)}, which has passed. Ask the publisher for another one.`,
  LicenseCredentialInvalidSignature: ({ signer }) =>
    `The signature is not ${signer}'s for this offer, chain and contract. Accept exactly what was signed.`,
  LicenseCredentialTextTooLong: ({ length }) => `The reason has ${length} bytes; the most is 2048. Shorten it.`,
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
  LineageClaimsAlreadyCountersigned: ({ model, parent }) =>
    `That model ${model} was made from ${parent} is countersigned, or ruled on, already. Nothing is left to do.`,
  LineageClaimsTooManyParents: ({ model }) =>
    `Model ${model} has the most attested parents: 8 by its publisher, 32 in all.`,
  LineageClaimsUnauthorized: ({ publisher, account }) =>
    `${account} may not act for the publisher ${publisher}. Use its controller's key, or let the controller name ${account} as an operator.`,
  LineageClaimsNotClaimant: ({ claim, account }) =>
    `${account} did not file the claim ${claim}, and only its claimant can take it back.`,
  LineageClaimsUnexpectedState: ({ claim, state }) =>
    `The claim ${claim} is ${name(CLAIM_STATES, state)}, which does not allow this.`,
  LineageClaimsProduct: ({ claim }) =>
    `The claim ${claim} is about a product, which has no publisher here. An adjudicator rules on it.`,
  LineageClaimsNotInherited: ({ claim, weights }) =>
    `The claim ${claim} is not about a product with the weights ${weights}. Name a claim about just these weights.`,
  LineageClaimsEvidenceMismatch: ({ claim }) =>
    `The evidence or the salt is not what the claimant of ${claim} committed to. Use the file that was kept when it was filed.`,
  LineageClaimsAlreadyDisclosed: ({ claim }) =>
    `The evidence of the claim ${claim} is disclosed already. Nothing is left to do.`,
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
  ReviewGateLicenseWithheld: ({ model, uses, verdict }) =>
    `The license of ${model} makes ${list(uses)} ${name(VERDICTS, verdict)} for the public. See why: stemma verify ${model}.`,
  ReviewGateInvalidUses: ({ uses }) =>
    `Invalid mask of uses ${uses}: use defined rights for a model, and 0 for an artefact.`,
  ReviewGateNotScanner: ({ account }) => `${account} is not accredited as a scanner. Ask the ledger's administrator.`,
  ReviewGateNotCertifier: ({ subject, account }) =>
    `${account} is neither a certifier of ${subject} nor an authority. Use the certifier's key.`,
  ReviewGateNotCertified: ({ subject }) => `${subject} has no certification. Nothing is left to do.`,
  ReviewGateMissingVerdict: () => 'The scan has no verdict. Say whether the weights have passed or failed.',
  ReviewGateScanOutOfOrder: ({ scannedAt, last }) =>
    `The scan ended at ${time(scannedAt)}, in the future of the chain or not after the scanner's last (${time(last)}). Scan again.`,
  ReviewGateTooManyScanners: ({ weights }) =>
    `64 accredited scanners have scanned ${weights}, which is the most. Use one of them.`,
  ReviewGateSignatureExpired: ({ deadline }) =>
    `The scan could be sent until ${time(deadline)}, which has passed. Ask the scanner for another signature.`,
  ReviewGateInvalidSignature: ({ scanner }) =>
    `The signature is not ${scanner}'s for this scan, deadline, chain and contract. Send exactly what was signed.`,
  ReviewGateExpired: ({ until }) => `${time(until)} is not in the future. Name a later time.`,
  ReviewGatePeriodOutOfRange: ({ period, least, most }) =>
    `Invalid period of ${period} seconds: use ${least} to ${most}.`,
  ReviewGateQuorumOutOfRange: ({ quorum, most }) => `Invalid quorum ${quorum}: use 1 to ${most}.`,
  ReviewGateTextTooLong: ({ length }) => `The URI or the reason has ${length} bytes; the most is 2048. Shorten it.`,
  ComplianceLensUnknownModel: ({ model }) => `Model ${model} is not registered here. Check the id and the deployment.`,
  ComplianceLensInvalidUses: ({ uses }) => `Invalid mask of uses ${uses}: use defined rights, and at least one.`,
  ComplianceLensInvalidFact: ({ metric }) => `The metric ${metric} is given twice, or is not defined.`,
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
  const sentence = CONTRACT_ERRORS[errorName]?.(args)
  return new ContractError(
    error,
    sentence ?? `The contract refused with ${errorName}(${Object.values(args).join(', ')}).`,
    cause,
  )
}

function time(value: string | bigint | undefined): string {
  const seconds = Number(value)
  return seconds < 253_402_300_800 ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : `second ${seconds}`
}

function name(names: readonly string[], value: string | bigint | undefined): string {
  return names[Number(value)] ?? String(value)
}

function list(mask: string | bigint | undefined): string {
  return rightsOf(Number(mask)).join(', ') || 'nothing'
}

function id(value: string | bigint | undefined): string {
  return `0x${BigInt(value ?? 0)
    .toString(16)
    .padStart(64, '0')}`
}

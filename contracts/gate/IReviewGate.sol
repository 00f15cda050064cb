// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "../types/Ids.sol";
import {Registration} from "../types/Registration.sol";

/// @dev The state of a review. It is none when no review was requested.
enum ReviewState {
    None,
    Frozen,
    Cleared,
    Quarantined
}

/// @dev The result of a scan.
enum ScanVerdict {
    None,
    Passed,
    Failed
}

/// @dev How far the verdict of a scan reaches: to the scanned folder, or also to every folder with the same tensors.
enum ScanScope {
    None,
    Files,
    Tensors
}

/**
 * @dev A review as stored on chain. Times are Unix seconds.
 *
 * - `weights`: SHA-256 model digest of the reviewed weights. Also set, with `ofModel`, for a model certified without a
 *   review.
 * - `requestedAt`: zero when no review was requested.
 * - `readyAt`, `readyBlock`: the earliest second and block at which the review can be decided. Only a pause moves `readyAt`,
 *   to later.
 * - `pausedBefore`: seconds of all pauses before the request. Pauses since then are in `readyAt` already.
 * - `quorum`: how many organizations had to pass the weights when the review was requested. If the gate's quorum is greater
 *   now, that one counts.
 * - `requester`: who requested it, and may correct the URI that it stated.
 */
struct Review {
    bytes32 weights; // slot 0
    uint40 requestedAt; // slot 1, bytes 0-4
    uint40 readyAt; // slot 1, bytes 5-9
    uint40 pausedBefore; // slot 1, bytes 10-14
    uint48 readyBlock; // slot 1, bytes 15-20
    uint8 quorum; // slot 1, byte 21
    ReviewState state; // slot 1, byte 22
    bool ofModel; // slot 1, byte 23
    address requester; // slot 2
}

/// @dev A certifier's statement that a subject may be loaded for `uses` without a review. Valid while `block.timestamp <
/// until`.
struct Certification {
    address certifier;
    uint40 until;
    uint32 uses;
}

/**
 * @dev A scanner's report about a folder, which it scanned as a whole. It computed both digests from the files itself.
 *
 * - `weights`: SHA-256 model digest of the scanned folder.
 * - `tensors`: SHA-256 of its tensor list; zero when no reader knows the format.
 * - `scope`: how far the verdict reaches. If it is {ScanScope.Tensors}, `tensors` is not zero.
 * - `ruleset`: SHA-256 of the rules applied.
 * - `report`: SHA-256 of the full report, which is at `uri`.
 * - `scannedAt`: when the scan ended (Unix seconds). Not in the future, and later than the scanner's previous scan.
 */
struct ScanReport {
    bytes32 weights;
    bytes32 tensors;
    ScanScope scope;
    bytes32 ruleset;
    bytes32 report;
    uint40 scannedAt;
    ScanVerdict verdict;
    string uri;
}

/// @dev A scanner's latest result for some weights, or for some tensors.
struct Scan {
    address scanner;
    uint40 scannedAt; // Unix seconds
    ScanVerdict verdict;
}

/// @dev The conditions of a decision on a review, as they are now.
struct Conditions {
    bool clockRunning;
    uint256 passed; // organizations with an accredited scanner whose latest counting scan passed
    uint256 failed; // organizations with an accredited scanner whose latest scan failed, whatever its time
    uint256 quorum; // the greater of the quorum at the request and the one now
    uint256 acceptedClaims; // claims accepted for ruling
}

/**
 * @title Security reviews of unverified weights
 * @dev Keeps the reviews of models before they are loaded. Unverified weights stay frozen for at least 24 hours. In that
 * time accredited scanners examine them, and a quorum of organizations must pass them before anybody can clear the
 * review. A certification by an accredited certifier takes the place of the clock and the scans.
 *
 * The gate evaluates nothing: it knows neither licenses nor recalls. {ILoadCheck} asks for both, and the gate, whenever
 * a model is loaded.
 *
 * States: `None -> Frozen -> Cleared | Quarantined`, and back from `Cleared` to `Frozen` when a quorum fails the weights.
 * The subject of a review is a registered model (by its id) or an unregistered artefact (by its weights digest), so
 * changed weights are a new subject.
 *
 * A weights digest (SHA-256) never equals a model's id (Keccak-256). A review of an "artefact" requested under a model's
 * id can therefore only be an attempt to block the model. It is void once the model's registration is presented.
 *
 * - The clock of a review runs for at least 24 hours plus the chain's margin, and for a minimum number of blocks. Nothing
 *   restarts, shortens or skips it. Changes of period, margin and blocks apply only to reviews requested later; a greater
 *   quorum, organizations and accreditations apply to all at once. The seconds of a pause are added to the clock, because no
 *   scan can pass in them; a failed one can be attested at any time.
 * - Scans are about weights, and count for every subject with these weights. Only a scanner's latest scan counts, and only
 *   while the scanner is accredited. A passed one counts for a review if it ended at or after the request; a failed one counts
 *   whatever its time, so that registering the same weights again gains nothing. Scanners of one organization count once.
 * - A failed scan whose scope is the tensors is also kept by its tensors, and a quorum of these shuts the tensors in every
 *   folder. The same scanner takes it back with a later passed scan of that scope. A pass never counts by tensors, because
 *   a folder holds more than tensors.
 * - One failure holds a review. A quorum of failures quarantines it, with its weights, and so every model that has them. It
 *   shuts a cleared subject at once, and anybody can then freeze that again.
 * - An account is accredited if it has the role in the AccessManager. An execution delay of the scanner's role does not
 *   apply, because a scan decides nothing before the clock has run out.
 * - A review is neither cleared nor quarantined before the clock has run out.
 * - A certification opens the gate at once, for its uses, while it is valid and its certifier accredited. It replaces
 *   only the clock and the scans: a subject that is quarantined or failed by a quorum stays shut. No other certifier
 *   replaces it while it is valid.
 */
interface IReviewGate {
    /// @dev `subject` does not have a review.
    error ReviewGateUnknownReview(bytes32 subject);

    /// @dev `subject` is `state`, which does not allow this.
    error ReviewGateUnexpectedState(bytes32 subject, ReviewState state);

    /// @dev The registration is not on the ledger; its id would be `model`.
    error ReviewGateUnknownModel(ModelId model);

    /// @dev The weights digest is zero.
    error ReviewGateMissingWeights();

    /// @dev The review of `subject` cannot be decided before `readyAt` (Unix seconds) and block `readyBlock`.
    error ReviewGateClockRunning(bytes32 subject, uint40 readyAt, uint48 readyBlock);

    /// @dev `passed` organizations passed the weights; the quorum is `quorum`.
    error ReviewGateQuorumMissing(bytes32 subject, uint256 passed, uint256 quorum);

    /// @dev `failed` organizations failed the weights.
    error ReviewGateScanFailed(bytes32 subject, uint256 failed);

    /// @dev `failed` organizations failed the weights; to quarantine the review, or to freeze it again, takes `quorum`.
    error ReviewGateTooFewFailures(bytes32 subject, uint256 failed, uint256 quorum);

    /// @dev `count` claims about the subject or its weights are accepted for ruling.
    error ReviewGateClaimsOpen(bytes32 subject, uint256 count);

    /// @dev `uses` is empty or has undefined rights.
    error ReviewGateInvalidUses(uint32 uses);

    /// @dev `account` is not accredited as a scanner.
    error ReviewGateNotScanner(address account);

    /// @dev `account` is not an accredited certifier. For a withdrawal: it is neither the certifier nor an authority.
    error ReviewGateNotCertifier(bytes32 subject, address account);

    /// @dev `certifier`, who is accredited, has certified `subject` until `until` (Unix seconds).
    error ReviewGateAlreadyCertified(bytes32 subject, address certifier, uint40 until);

    /// @dev `account` neither requested the review of `subject` nor may act for the model's publisher in the scope `register`.
    error ReviewGateNotAuthor(bytes32 subject, address account);

    /// @dev `subject` does not have a certification.
    error ReviewGateNotCertified(bytes32 subject);

    /// @dev The scan has no verdict.
    error ReviewGateMissingVerdict();

    /// @dev The scan has no scope.
    error ReviewGateMissingScope();

    /// @dev The scope of the scan is its tensors, but their digest is zero.
    error ReviewGateMissingTensors();

    /// @dev The scan ended at `scannedAt`, which is in the future or not later than the scanner's previous scan (`last`).
    /// Unix seconds.
    error ReviewGateScanOutOfOrder(uint40 scannedAt, uint40 last);

    /// @dev 64 other accredited scanners have scanned these weights or tensors, which is the limit.
    error ReviewGateTooManyScanners(bytes32 digest);

    /// @dev The signature expired at `deadline` (Unix seconds).
    error ReviewGateSignatureExpired(uint48 deadline);

    /// @dev The signature is not `scanner`'s, or not for this report, deadline, chain and contract.
    error ReviewGateInvalidSignature(address scanner);

    /// @dev `until` is not in the future.
    error ReviewGateExpired(uint40 until);

    /// @dev The period is `period` seconds; it must be from `least` to `most`.
    error ReviewGatePeriodOutOfRange(uint40 period, uint40 least, uint40 most);

    /// @dev The minimum is `blocks` blocks; it must be at most `most`.
    error ReviewGateBlocksOutOfRange(uint48 blocks, uint48 most);

    /// @dev The quorum is `quorum`; it must be from 1 to `most`.
    error ReviewGateQuorumOutOfRange(uint8 quorum, uint8 most);

    /// @dev The text has `length` bytes; the limit is 2,048.
    error ReviewGateTextTooLong(uint256 length);

    /// @dev Emitted once per subject, and again when an artefact's review had been requested under the id of the model.
    /// `uri` is where scanners can fetch the weights.
    event ReviewRequested(
        bytes32 indexed subject,
        bytes32 indexed weights,
        address indexed requester,
        bool ofModel,
        uint40 readyAt,
        uint48 readyBlock,
        uint8 quorum,
        string uri
    );

    /// @dev Emitted when `account` corrects where scanners can fetch the weights. If it acts for the model's publisher,
    /// `byPublisher` is set, and a reader prefers its word to that of anybody else who requested the review.
    event ReviewUriSet(bytes32 indexed subject, address indexed account, bool byPublisher, string uri);

    /// @dev Emitted for each scan report.
    event ScanAttested(
        bytes32 indexed weights,
        bytes32 indexed tensors,
        address indexed scanner,
        ScanScope scope,
        bytes32 ruleset,
        bytes32 report,
        uint40 scannedAt,
        ScanVerdict verdict,
        string uri
    );

    /// @dev Emitted when a review is cleared.
    event ReviewCleared(bytes32 indexed subject, address indexed account);

    /// @dev Emitted when a cleared review is frozen again, because a quorum failed the weights.
    event ReviewFrozenAgain(bytes32 indexed subject, address indexed account);

    /// @dev Emitted when a review ends in quarantine, and a second time for its weights, if they were not shut already.
    event ReviewQuarantined(bytes32 indexed subject, address indexed account);

    /// @dev Emitted when `certifier` certifies `subject` for `uses`, valid while `block.timestamp < until`.
    event SubjectCertified(
        bytes32 indexed subject,
        bytes32 indexed weights,
        address indexed certifier,
        uint32 uses,
        uint40 until
    );

    /// @dev Emitted when a certification is withdrawn.
    event CertificationWithdrawn(bytes32 indexed subject, address indexed account, string reason);

    /// @dev Emitted when the period of later reviews is set to `period` seconds, without the margin.
    event ReviewPeriodSet(uint40 period);

    /// @dev Emitted when the margin of later reviews is set, in seconds.
    event MarginSet(uint40 margin);

    /// @dev Emitted when the minimum number of blocks of later reviews is set.
    event MinBlocksSet(uint48 blocks);

    /// @dev Emitted when the quorum is set to `quorum` organizations. A lower one applies to later reviews only.
    event QuorumSet(uint8 quorum);

    /// @dev Emitted when the authority assigns a scanner to an organization.
    event OrganizationSet(address indexed scanner, bytes32 indexed organization);

    /// @dev Requests the review of a registered model, and returns the earliest time of a decision in Unix seconds.
    /// Anybody may call it.
    ///
    /// Requirements: the registration is on the ledger; the model does not have a review; `uri` has at most 2,048 bytes.
    /// Emits {ReviewRequested}.
    ///
    /// Paused by {IWritePause}, as are {requestArtefactReview}, {clear}, {certify}, {certifyArtefact}, and {attestScan} and
    /// {attestScanBySignature} of a passed scan; nothing else is.
    function requestReview(Registration calldata registration, string calldata uri) external returns (uint40 readyAt);

    /// @dev Requests the review of unregistered weights. Requirements: `weights` is not zero, does not have a review, and
    /// is not known as a model's id; `uri` has at most 2,048 bytes. Emits {ReviewRequested}.
    function requestArtefactReview(bytes32 weights, string calldata uri) external returns (uint40 readyAt);

    /// @dev States where scanners can fetch the weights, in place of what the caller stated before. It never replaces what
    /// another account stated. Never paused. Requirements: the subject has a review; the caller requested it or may act for
    /// the model's publisher in the scope `register` (see {Scopes}), else {ReviewGateNotAuthor}; `uri` has at most 2,048 bytes.
    /// Emits {ReviewUriSet}.
    function setReviewUri(bytes32 subject, string calldata uri) external;

    /// @dev Attests a scan. Requirements: the caller has the scanner's role; the report has weights, a scope, a verdict and,
    /// if that is its scope, tensors; `scannedAt` is not in the future and later than the caller's previous scan of these
    /// weights; `uri` has at most 2,048 bytes; fewer than 64 other currently accredited scanners have scanned these weights,
    /// and with that scope these tensors. Emits {ScanAttested}.
    ///
    /// By its tensors, the latest report of that scope counts, of whatever folder; of two that ended in the same second,
    /// the failed one. So the order in which reports are sent does not matter.
    function attestScan(ScanReport calldata report) external;

    /// @dev Attests a scan that `scanner` signed as EIP-712 `AttestScan(ScanReport report,uint48 deadline)`. Anybody may
    /// send it until `deadline` (Unix seconds, inclusive). The order of `scannedAt` prevents replays. Requirements as
    /// {attestScan}.
    function attestScanBySignature(
        ScanReport calldata report,
        address scanner,
        uint48 deadline,
        bytes calldata signature
    ) external;

    /// @dev Clears a review. Anybody may call it. Requirements: the review is frozen, and its weights are not quarantined;
    /// the clock has run out; a quorum passed the weights and nobody failed them; no claim about the subject or its weights
    /// is accepted for ruling. Emits {ReviewCleared}.
    function clear(bytes32 subject) external;

    /// @dev Freezes a cleared review again. Anybody may call it, also while writes are paused. Requirements: the review is
    /// cleared; a quorum failed the weights. Emits {ReviewFrozenAgain}.
    function freezeAgain(bytes32 subject) external;

    /// @dev Ends a review in quarantine, and shuts its weights with it. Anybody may call it. Requirements: the review is
    /// frozen; the clock has run out; a quorum failed the weights. Emits {ReviewQuarantined}.
    function quarantine(bytes32 subject) external;

    /// @dev Certifies a registered model for `uses`, valid while `block.timestamp < until`. Replaces the caller's earlier
    /// certification, and another certifier's that is not valid any more. Requirements: the caller has the certifier's role;
    /// no other certifier's certification is valid, else {ReviewGateAlreadyCertified}; the registration is on the ledger;
    /// neither the model nor its weights are quarantined; `until` is in the future; `uses` are defined rights. Emits
    /// {SubjectCertified}.
    function certify(Registration calldata registration, uint32 uses, uint40 until) external;

    /// @dev Certifies unregistered weights, which have no license and so no uses. Requirements: as {certify}, without a
    /// registration and uses; `weights` is not zero and not known as a model's id. Emits {SubjectCertified}.
    function certifyArtefact(bytes32 weights, uint40 until) external;

    /// @dev Withdraws a certification. Never paused. Requirements: the subject has one; the caller is its certifier, also one
    /// that is not accredited any more, or has the authority's role; `reason` has at most 2,048 bytes. Emits {CertificationWithdrawn}.
    function withdrawCertification(bytes32 subject, string calldata reason) external;

    /// @dev Sets the period of later reviews in seconds. Requirements: the caller has the authority's role; 24 hours to
    /// 365 days. Emits {ReviewPeriodSet}.
    function setReviewPeriod(uint40 period) external;

    /// @dev Sets the margin of later reviews in seconds, which is added to the period. Requirements: the caller has the
    /// authority's role; at most 30 days. Emits {MarginSet}.
    function setMargin(uint40 margin) external;

    /// @dev Sets the minimum number of blocks of later reviews. Requirements: the caller has the authority's role; at most
    /// 3,000,000, which are a day of blocks 29 milliseconds apart. Emits {MinBlocksSet}.
    function setMinBlocks(uint48 blocks) external;

    /// @dev Sets the quorum of later reviews, and of open ones if it is greater than theirs. Requirements: the caller has
    /// the authority's role; 1 to 16. Emits {QuorumSet}.
    function setQuorum(uint8 quorum) external;

    /// @dev Assigns a scanner to an organization; zero means the scanner itself. Requirements: the caller has the
    /// authority's role. Emits {OrganizationSet}.
    function setOrganization(address scanner, bytes32 organization) external;

    /// @dev The review of a subject; state {ReviewState.None} and zero times when it does not have one.
    function reviewOf(bytes32 subject) external view returns (Review memory);

    /// @dev The certification of a subject; all zero when it does not have one. It may have expired; see {isCertified}.
    function certificationOf(bytes32 subject) external view returns (Certification memory);

    /// @dev Whether a subject has a currently valid certification by a currently accredited certifier.
    function isCertified(bytes32 subject) external view returns (bool);

    /// @dev Each scanner's latest result for some weights.
    function scansOf(bytes32 weights) external view returns (Scan[] memory);

    /// @dev The organization of a scanner; its own address if the authority assigned none.
    function organizationOf(address scanner) external view returns (bytes32);

    /// @dev The conditions for clearing the review of a subject, as they are now. Reverts with {ReviewGateUnknownReview}.
    function conditionsOf(bytes32 subject) external view returns (Conditions memory);

    /// @dev What the gate knows of a model whose registration states `weights`, for a caller that holds the registration:
    /// whether its review is cleared; whether it is shut, because it or its weights are quarantined or a quorum failed them;
    /// and the uses of its certification, if that is valid. It says nothing of the license or of a recall: {ILoadCheck}
    /// says whether a model may be loaded.
    function standingOf(
        ModelId model,
        bytes32 weights
    ) external view returns (bool cleared, bool shut, uint32 certified);

    /// @dev Whether a quorum of organizations failed these tensors: with each accredited scanner's latest report whose scope
    /// is tensors. Zero tensors never are.
    function areTensorsShut(bytes32 tensors) external view returns (bool);

    /// @dev Each scanner's latest result for some tensors, by its reports of that scope.
    function tensorScansOf(bytes32 tensors) external view returns (Scan[] memory);

    /// @dev Whether weights were reviewed as an artefact: cleared or certified, and neither quarantined nor failed by a
    /// quorum. It does not mean that they may be loaded: the gate cannot know whether somebody registered them, under which
    /// license, or whether they were recalled. Ask {ILoadCheck} with a registration.
    function isScanned(bytes32 weights) external view returns (bool);

    /// @dev The period of later reviews in seconds, without the margin.
    function reviewPeriod() external view returns (uint40);

    /// @dev The seconds added to the period of later reviews to allow for drift of the chain's clock.
    function margin() external view returns (uint40);

    /// @dev The minimum number of blocks of later reviews.
    function minBlocks() external view returns (uint48);

    /// @dev The number of organizations that later reviews need, and earlier ones that began with fewer.
    function quorum() external view returns (uint8);
}

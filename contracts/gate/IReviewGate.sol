// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Verdict} from "../compliance/IComplianceLens.sol";
import {ModelId} from "../types/Ids.sol";
import {Registration} from "../types/Registration.sol";

/// @dev Where a review stands. A subject whose review was never requested has none.
enum ReviewState {
    None,
    Frozen,
    Cleared,
    Quarantined,
    Recalled
}

/// @dev What a scanner found.
enum ScanVerdict {
    None,
    Passed,
    Failed
}

/**
 * @dev A review as the chain keeps it. Times are Unix seconds.
 *
 * - `weights`: SHA-256 model digest of what is reviewed. Known, with `ofModel`, of a model that was only certified too.
 * - `requestedAt`: zero when no review was requested, as of what was recalled unseen.
 * - `readyAt`, `readyBlock`: the review is decided at this second and this block at the earliest. Set once, never moved.
 * - `quorum`: how many organizations have to pass it, as it was when the review was requested.
 * - `uses`: rights for which it was cleared, a mask; of an artefact always zero.
 */
struct Review {
    bytes32 weights;
    uint40 requestedAt;
    uint40 readyAt;
    uint48 readyBlock;
    uint32 uses;
    uint8 quorum;
    ReviewState state;
    bool ofModel;
}

/// @dev A certifier's word that a subject may be loaded at once for some uses, until before `until` (Unix seconds).
struct Certification {
    address certifier;
    uint40 until;
    uint32 uses;
}

/**
 * @dev What a scanner says of some weights.
 *
 * - `weights`: SHA-256 model digest of what was scanned.
 * - `ruleset`: SHA-256 of the rules that were applied.
 * - `report`: SHA-256 of the report, `uri` where it is.
 * - `scannedAt`: when the scan ended, in Unix seconds: not in the future, and later than the scanner's last.
 */
struct ScanReport {
    bytes32 weights;
    bytes32 ruleset;
    bytes32 report;
    uint40 scannedAt;
    ScanVerdict verdict;
    string uri;
}

/// @dev The last word of a scanner on some weights.
struct Scan {
    address scanner;
    uint40 scannedAt; // Unix seconds
    ScanVerdict verdict;
}

/// @dev What a review has and lacks to be decided. `license` is the lens's verdict for the uses asked for; of an artefact, which
/// nobody has licensed, always {Verdict.Permitted}.
struct Conditions {
    bool clockRunning;
    uint256 passed; // organizations of which an accredited scanner's last scan counts, and has passed
    uint256 failed; // organizations of which an accredited scanner's last scan counts, and has failed
    uint256 acceptedClaims; // claims that are accepted for ruling
    Verdict license;
}

/**
 * @title The review that unverified weights pass before they may be loaded
 * @dev `None -> Frozen -> Cleared | Quarantined`, and `Recalled` from any. The subject of a review is a registered model, by its
 * id, or an artefact that nobody registered, by its weights digest; so other weights are another subject.
 *
 * Nothing has a digest of weights (SHA-256) that is also the id of a model (Keccak-256). So whoever requests an "artefact's"
 * review under the id of a model only wants to be in the way; that review is void once the model's registration is shown.
 *
 * - The clock of a review runs for at least 24 hours plus the chain's margin, and for a number of blocks. Nothing restarts,
 *   shortens or skips it. What governance changes holds for reviews that are requested later.
 * - Scans are about weights, and serve every subject with these weights. A scan counts for a review when it ended in the
 *   second of the request or later, is its scanner's last, and its scanner is accredited when the review is decided. Scanners of
 *   one organization count as one.
 * - Accredited is who has the role in the AccessManager. An execution delay of the scanner's role is not waited out: a scan
 *   decides nothing before the clock has run out.
 * - Nothing is decided before the clock has run out, neither way.
 * - A certification opens the gate at once, for its uses, as long as it is valid and its certifier accredited. It replaces
 *   clock and scans, and nothing else: what is quarantined or recalled stays shut, and the license is looked at as ever.
 * - The license is looked at for the public, and for somebody below every threshold, when a review is cleared and at every
 *   question whether a model is loadable: a revoked credential shuts the gate at the next block.
 */
interface IReviewGate {
    /// @dev `subject` has no review.
    error ReviewGateUnknownReview(bytes32 subject);

    /// @dev `subject` is `state`, which does not allow this.
    error ReviewGateUnexpectedState(bytes32 subject, ReviewState state);

    /// @dev The registration is not on the ledger; its id would be `model`.
    error ReviewGateUnknownModel(ModelId model);

    /// @dev The weights digest is zero.
    error ReviewGateMissingWeights();

    /// @dev The review of `subject` is decided at `readyAt` (Unix seconds) and block `readyBlock` at the earliest.
    error ReviewGateClockRunning(bytes32 subject, uint40 readyAt, uint48 readyBlock);

    /// @dev `passed` organizations have passed the weights; it takes `quorum`.
    error ReviewGateQuorumMissing(bytes32 subject, uint256 passed, uint8 quorum);

    /// @dev `failed` organizations have failed the weights.
    error ReviewGateScanFailed(bytes32 subject, uint256 failed);

    /// @dev No accredited scanner has failed the weights.
    error ReviewGateNothingFailed(bytes32 subject);

    /// @dev `count` claims about the subject, or about its weights, are accepted for ruling.
    error ReviewGateClaimsOpen(bytes32 subject, uint256 count);

    /// @dev The license does not permit `uses` to the public; ask {IComplianceLens} why.
    error ReviewGateLicenseWithheld(ModelId model, uint32 uses, Verdict verdict);

    /// @dev `uses` names no right, or one that is not defined; of an artefact it has to be zero.
    error ReviewGateInvalidUses(uint32 uses);

    /// @dev `account` is not accredited as a scanner.
    error ReviewGateNotScanner(address account);

    /// @dev `account` is not accredited as a certifier; or, to take a certification back, is neither its certifier nor an
    /// authority.
    error ReviewGateNotCertifier(bytes32 subject, address account);

    /// @dev `subject` has no certification.
    error ReviewGateNotCertified(bytes32 subject);

    /// @dev The scan has no verdict.
    error ReviewGateMissingVerdict();

    /// @dev The scan ended at `scannedAt`, which is in the future, or not later than the scanner's last (`last`). Unix seconds.
    error ReviewGateScanOutOfOrder(uint40 scannedAt, uint40 last);

    /// @dev 64 other scanners, all accredited, have scanned these weights; more are not possible.
    error ReviewGateTooManyScanners(bytes32 weights);

    /// @dev The signature was good until `deadline` (Unix seconds), which has passed.
    error ReviewGateSignatureExpired(uint48 deadline);

    /// @dev The signature is not `scanner`'s, or not for this report, deadline, chain and contract.
    error ReviewGateInvalidSignature(address scanner);

    /// @dev `until` is not in the future.
    error ReviewGateExpired(uint40 until);

    /// @dev The period has `period` seconds; `least` to `most` are possible.
    error ReviewGatePeriodOutOfRange(uint40 period, uint40 least, uint40 most);

    /// @dev The quorum is `quorum`; 1 to `most` are possible.
    error ReviewGateQuorumOutOfRange(uint8 quorum, uint8 most);

    /// @dev The text has `length` bytes; 2,048 are possible.
    error ReviewGateTextTooLong(uint256 length);

    /// @dev Emitted once a subject; and once more when one of an artefact was requested under the id of a model. `uri` is where the weights can be fetched for scanning.
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

    /// @dev Emitted for each scan report.
    event ScanAttested(
        bytes32 indexed weights,
        address indexed scanner,
        bytes32 indexed report,
        bytes32 ruleset,
        uint40 scannedAt,
        ScanVerdict verdict,
        string uri
    );

    /// @dev Emitted when a review is cleared for `uses`, and when it is cleared for more; `uses` are all so far.
    event ReviewCleared(bytes32 indexed subject, address indexed account, uint32 uses);

    /// @dev Emitted when a review has ended in quarantine.
    event ReviewQuarantined(bytes32 indexed subject, address indexed account);

    /// @dev Emitted when `subject` must not be loaded any more.
    event SubjectRecalled(bytes32 indexed subject, address indexed account, string reason);

    /// @dev Emitted when `certifier` certifies `subject` for `uses` until before `until` (Unix seconds).
    event SubjectCertified(
        bytes32 indexed subject,
        bytes32 indexed weights,
        address indexed certifier,
        uint32 uses,
        uint40 until
    );

    /// @dev Emitted when a certification is taken back.
    event CertificationWithdrawn(bytes32 indexed subject, address indexed account, string reason);

    /// @dev Emitted when later reviews run for `period` seconds, margin not counted.
    event ReviewPeriodSet(uint40 period);

    /// @dev Emitted when later reviews need `quorum` organizations.
    event QuorumSet(uint8 quorum);

    /// @dev Emitted when the authority says which organization a scanner belongs to.
    event OrganizationSet(address indexed scanner, bytes32 indexed organization);

    /// @dev Requests the review of a registered model and returns when it can be decided, in Unix seconds. Anybody may.
    ///
    /// Requirements: the registration is on the ledger; the model has no review; `uri` has at most 2,048 bytes. Emits
    /// {ReviewRequested}.
    ///
    /// Paused by {IWritePause}, as are {requestArtefactReview}, {attestScan}, {attestScanBySignature}, {clear}, {certify} and
    /// {certifyArtefact}; nothing else is.
    function requestReview(Registration calldata registration, string calldata uri) external returns (uint40 readyAt);

    /// @dev Requests the review of weights that nobody registered. Requirements: not zero; they have no review, and are not known
    /// as the id of a model; `uri` has at most 2,048 bytes. Emits {ReviewRequested}.
    function requestArtefactReview(bytes32 weights, string calldata uri) external returns (uint40 readyAt);

    /// @dev Attests a scan. Requirements: the caller has the scanner's role; the report has weights and a verdict; it is not of the
    /// future and newer than the caller's last on these weights; `uri` has at most 2,048 bytes; no 64 other scanners that are
    /// accredited now have scanned these weights. Emits {ScanAttested}.
    function attestScan(ScanReport calldata report) external;

    /// @dev Attests a scan that `scanner` has signed as EIP-712's `AttestScan(ScanReport report,uint48 deadline)`; anybody may send
    /// it until `deadline` (Unix seconds, inclusive). The order of `scannedAt` keeps it from being used twice. Requirements as
    /// {attestScan}.
    function attestScanBySignature(
        ScanReport calldata report,
        address scanner,
        uint48 deadline,
        bytes calldata signature
    ) external;

    /// @dev Clears a review, or clears it for more uses. Anybody may. `uses` is a mask of rights, of an artefact zero.
    ///
    /// Requirements: the review is frozen, or cleared and `uses` adds to it; the clock has run out; the quorum has passed the weights, and nobody has
    /// failed them; no claim about the subject or its weights is accepted for ruling; the license permits `uses` to the
    /// public, with or without obligations. Emits {ReviewCleared}.
    function clear(bytes32 subject, uint32 uses) external;

    /// @dev Ends a review in quarantine. Anybody may. Requirements: the review is frozen; the clock has run out; an accredited
    /// scanner has failed the weights. Emits {ReviewQuarantined}.
    function quarantine(bytes32 subject) external;

    /// @dev Certifies a registered model for `uses` until before `until` (Unix seconds), in the place of an earlier certification.
    /// Requirements: the caller has the certifier's role; the registration is on the ledger; the model is neither quarantined
    /// nor recalled; `until` is in the future; `uses` are defined rights. Emits {SubjectCertified}.
    function certify(Registration calldata registration, uint32 uses, uint40 until) external;

    /// @dev Certifies weights that nobody registered. Requirements: as {certify}; not zero; not known as the id of a model. Emits
    /// {SubjectCertified}.
    function certifyArtefact(bytes32 weights, uint40 until) external;

    /// @dev Takes a certification back. Never paused. Requirements: there is one; the caller is its certifier or has the
    /// authority's role; `reason` has at most 2,048 bytes. Emits {CertificationWithdrawn}.
    function withdrawCertification(bytes32 subject, string calldata reason) external;

    /// @dev Recalls a subject for good, reviewed or not. Never paused. Requirements: the caller has the authority's role; not
    /// recalled yet; `reason` has at most 2,048 bytes. Emits {SubjectRecalled}.
    function recallSubject(bytes32 subject, string calldata reason) external;

    /// @dev Sets the period of later reviews in seconds. Requirements: the caller has the role; 24 hours to 365 days. Emits
    /// {ReviewPeriodSet}.
    function setReviewPeriod(uint40 period) external;

    /// @dev Sets the quorum of later reviews. Requirements: the caller has the role; 1 to 16. Emits {QuorumSet}.
    function setQuorum(uint8 quorum) external;

    /// @dev Says which organization a scanner belongs to; zero means the scanner itself. Requirements: the caller has the
    /// role. Emits {OrganizationSet}.
    function setOrganization(address scanner, bytes32 organization) external;

    /// @dev The review of a subject, with state {ReviewState.None} and times of zero when there is none.
    function reviewOf(bytes32 subject) external view returns (Review memory);

    /// @dev The certification of a subject, all zero when there is none. It may have ended; see {isCertified}.
    function certificationOf(bytes32 subject) external view returns (Certification memory);

    /// @dev Whether a subject has a certification that is valid now, by a certifier that is accredited now.
    function isCertified(bytes32 subject) external view returns (bool);

    /// @dev The last word of each scanner on some weights.
    function scansOf(bytes32 weights) external view returns (Scan[] memory);

    /// @dev The organization of a scanner; its own address when the authority has named none.
    function organizationOf(address scanner) external view returns (bytes32);

    /// @dev What the review of a subject has and lacks to be cleared for `uses`. Reverts with {ReviewGateUnknownReview} or
    /// {ReviewGateInvalidUses}.
    function conditionsOf(bytes32 subject, uint32 uses) external view returns (Conditions memory);

    /// @dev Whether a registered model may be loaded for `uses` now: cleared for them, or certified for them; neither it nor its
    /// weights quarantined or recalled; and permitted by its license. False for an unknown model and for undefined uses, and
    /// when the lens fails. Never reverts with gas for the lens, which needs more the longer the lineage; with less it may run
    /// out, or say false.
    function isLoadable(ModelId model, uint32 uses) external view returns (bool);

    /// @dev Whether weights may be loaded now that nobody vouches for by a registration: cleared or certified as an artefact, and not
    /// quarantined or recalled.
    function isLoadableDigest(bytes32 weights) external view returns (bool);

    /// @dev How long later reviews run, in seconds, margin not counted.
    function reviewPeriod() external view returns (uint40);

    /// @dev What is added to every period for the drift of the chain's clock, in seconds.
    function margin() external view returns (uint40);

    /// @dev How many blocks a review takes at least.
    function minBlocks() external view returns (uint48);

    /// @dev How many organizations later reviews need.
    function quorum() external view returns (uint8);
}

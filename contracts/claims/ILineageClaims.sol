// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ClaimId, ModelId} from "../types/Ids.sol";
import {Registration, Relation} from "../types/Registration.sol";

/// @dev Where a claim stands. It ends in one of the last four.
enum ClaimState {
    None,
    Filed,
    Contested,
    Acknowledged,
    Upheld,
    Rejected,
    Withdrawn
}

/// @dev How well an edge of the lineage is known. An edge's grade only ever grows.
enum EvidenceGrade {
    Declared, // in the registration
    Acknowledged, // by the child's publisher, later
    Countersigned, // by the parent's publisher
    Adjudicated // a claim was upheld
}

/**
 * @dev A claim as the chain keeps it.
 *
 * - `subject`: the id of the model that the claim is about; of a product, the SHA-256 digest of its weights or of its
 *   canonical URL.
 * - `contestUntil`: until before this second the child's publisher can contest, in Unix seconds. The time begins with the
 * filing, and again with the disclosure of the evidence.
 * - `product`: the subject is a product that nobody had to register.
 * - `disclosed`: the evidence behind the commitment has been shown.
 * - `accepted`: an adjudicator has taken the claim up for ruling.
 */
struct Claim {
    address claimant;
    uint40 contestUntil;
    ClaimState state;
    Relation relation;
    bool product;
    bool disclosed;
    bool accepted;
    bytes32 subject;
    ModelId parent;
}

/// @dev A parent that was added to a model after its registration. `undisclosed` says that a claim had to bring it out.
struct AttestedParent {
    ModelId model;
    Relation relation;
    EvidenceGrade grade;
    bool undisclosed;
    uint40 attestedAt; // Unix seconds
}

/**
 * @title Lineage that came out later
 * @dev Anybody claims that a model, or a product that nobody registered, derives from a registered model and did not say so. The
 * child's publisher acknowledges or contests; an adjudicator rules. What is acknowledged or upheld becomes an attested parent edge,
 * which compliance counts for every descendant at the next read. Nothing that was registered is changed.
 *
 * - Evidence is bound to its claimant: a claim is filed with a commitment to the claimant, the evidence's digest and a salt, and
 *   the evidence is disclosed afterwards. Who copies a commitment cannot disclose it, and who copies disclosed evidence
 *   comes later.
 * - A pending claim freezes nothing. One that an adjudicator has accepted for ruling keeps a review from clearing, and that is all.
 * - Nobody has to answer what it has not seen: once the evidence is disclosed, the child's publisher has the whole time to
 *   contest, and there is no ruling without evidence.
 * - Deposits are fixed, and credited to be pulled: to the claimant, unless the claim is rejected; then to whoever controls the
 *   child's publisher, or to the treasury if the child is a product.
 * - The relation of an attested edge is that of the best evidence. A ruling replaces what a publisher said, so that a publisher
 *   cannot keep a claim off by attesting the parent under a milder relation.
 * - Attested edges may close a cycle; whoever reads lineages has to cope.
 */
interface ILineageClaims {
    /// @dev `model` is not registered.
    error LineageClaimsUnknownModel(ModelId model);

    /// @dev There is no such claim.
    error LineageClaimsUnknownClaim(ClaimId claim);

    /// @dev `claim` was filed before: the same account has stated the same.
    error LineageClaimsAlreadyFiled(ClaimId claim);

    /// @dev `value` wei were sent, and the deposit is `deposit` wei.
    error LineageClaimsWrongDeposit(uint256 value, uint256 deposit);

    /// @dev The time to contest would be `contestPeriod` seconds; from a day to a year are possible.
    error LineageClaimsWrongContestPeriod(uint40 contestPeriod);

    /// @dev There is no treasury, so that some deposits would be lost.
    error LineageClaimsMissingTreasury();

    /// @dev The claim names no subject.
    error LineageClaimsMissingSubject();

    /// @dev The relation is none.
    error LineageClaimsMissingRelation();

    /// @dev A model is no parent of itself.
    error LineageClaimsSelfParent(ModelId model);

    /// @dev `parent` stands among the parents in the registration of `model`.
    error LineageClaimsAlreadyDeclared(ModelId model, ModelId parent);

    /// @dev `model` is registered. File the claim about the model, whose publisher can answer, not about a product.
    error LineageClaimsNotAProduct(ModelId model);

    /// @dev `parent` is an attested parent of `model` already; for a claim: by the same relation, or by a ruling.
    error LineageClaimsAlreadyAttested(ModelId model, ModelId parent);

    /// @dev `parent` is neither a declared nor an attested parent of `model`.
    error LineageClaimsUnknownEdge(ModelId model, ModelId parent);

    /// @dev The edge from `model` to `parent` is countersigned, or of a higher grade, already.
    error LineageClaimsAlreadyCountersigned(ModelId model, ModelId parent);

    /// @dev `model` has as many attested parents as are possible: 8 by its publisher, 32 in all.
    error LineageClaimsTooManyParents(ModelId model);

    /// @dev `account` may not act for `publisher`.
    error LineageClaimsUnauthorized(address publisher, address account);

    /// @dev `account` is not the claimant.
    error LineageClaimsNotClaimant(ClaimId claim, address account);

    /// @dev `claim` is `state`, which does not allow this.
    error LineageClaimsUnexpectedState(ClaimId claim, ClaimState state);

    /// @dev `claim` is about a product, which has no publisher here. Once its weights are registered, see {inherit}.
    error LineageClaimsProduct(ClaimId claim);

    /// @dev `claim` is not about a product with the weights `weights`.
    error LineageClaimsNotInherited(ClaimId claim, bytes32 weights);

    /// @dev What is disclosed is not what the claimant committed to.
    error LineageClaimsEvidenceMismatch(ClaimId claim);

    /// @dev The evidence of `claim` is disclosed already.
    error LineageClaimsAlreadyDisclosed(ClaimId claim);

    /// @dev The evidence of `claim` is not disclosed yet.
    error LineageClaimsNotDisclosed(ClaimId claim);

    /// @dev `claim` is accepted for ruling already.
    error LineageClaimsAlreadyAccepted(ClaimId claim);

    /// @dev `claim` has not been accepted for ruling.
    error LineageClaimsNotAccepted(ClaimId claim);

    /// @dev The child's publisher can contest `claim` until `contestUntil` (Unix seconds); there is no ruling before.
    error LineageClaimsContestOpen(ClaimId claim, uint40 contestUntil);

    /// @dev `claim` could be contested until `contestUntil` (Unix seconds), which has passed.
    error LineageClaimsContestClosed(ClaimId claim, uint40 contestUntil);

    /// @dev The text has `length` bytes; 2,048 are possible.
    error LineageClaimsTextTooLong(uint256 length);

    /// @dev `account` has no deposit to take back.
    error LineageClaimsNoDeposit(address account);

    /// @dev `to` did not take the deposit, or is nobody. Name another account.
    error LineageClaimsTransferFailed(address to);

    /// @dev Emitted once a claim. `deposit` is in wei.
    event ClaimFiled(
        ClaimId indexed claim,
        bytes32 indexed subject,
        ModelId indexed parent,
        address claimant,
        bool product,
        Relation relation,
        bytes32 commitment,
        uint40 contestUntil,
        uint256 deposit
    );

    /// @dev Emitted when the evidence behind a claim is shown. `evidence` is the SHA-256 of a document, `uri` where it is.
    /// The child's publisher can contest until before `contestUntil` (Unix seconds), unless it has.
    event EvidenceDisclosed(
        ClaimId indexed claim,
        bytes32 indexed evidence,
        bytes32 salt,
        string uri,
        uint40 contestUntil
    );

    /// @dev Emitted when the child's publisher contests; `uri` is where it says why.
    event ClaimContested(ClaimId indexed claim, address indexed account, string uri);

    /// @dev Emitted when an adjudicator takes a claim up for ruling.
    event ClaimAccepted(ClaimId indexed claim, address indexed adjudicator);

    /// @dev Emitted when the child's publisher confirms a claim.
    event ClaimAcknowledged(ClaimId indexed claim, address indexed account);

    /// @dev Emitted when an adjudicator has ruled; `uri` is where the reasons are.
    event ClaimRuled(ClaimId indexed claim, address indexed adjudicator, bool upheld, string uri);

    /// @dev Emitted when the claimant takes a claim back.
    event ClaimWithdrawn(ClaimId indexed claim);

    /// @dev Emitted when `parent` becomes an attested parent of `model`, and when what is known of that edge grows. `claim` is
    /// zero when a publisher said it unasked, the child's or the parent's.
    event ParentAttested(
        ModelId indexed model,
        ModelId indexed parent,
        ClaimId indexed claim,
        Relation relation,
        EvidenceGrade grade,
        bool undisclosed
    );

    /// @dev Emitted when the parent's publisher confirms an edge, declared or attested.
    event ParentCountersigned(ModelId indexed model, ModelId indexed parent, address indexed account);

    /// @dev Emitted when `amount` wei are credited to `account`.
    event DepositCredited(ClaimId indexed claim, address indexed account, uint256 amount);

    /// @dev Emitted when `account` has taken `amount` wei back, to `to`.
    event DepositWithdrawn(address indexed account, address indexed to, uint256 amount);

    /// @dev Files a claim that the subject derives from `parent` by `relation`, and returns its id. `commitment` is
    /// {hashCommitment} of the caller, the evidence's digest and a salt of 32 random bytes.
    ///
    /// Requirements: the deposit is sent, exactly; the claim is new; the parent is registered; there is a relation; the subject
    /// is not zero; a product's is no registered model; unless it is a product, it is a registered model, other than the parent,
    /// which it did not declare and has as an attested parent by another relation at most, without a ruling. Not while writes
    /// are paused. Emits {ClaimFiled}.
    function file(
        bytes32 subject,
        bool product,
        ModelId parent,
        Relation relation,
        bytes32 commitment
    ) external payable returns (ClaimId claim);

    /// @dev Shows the evidence behind a claim. Anybody who knows it may. Unless it has contested already, the child's publisher
    /// has the whole time to contest from now on.
    ///
    /// Requirements: the claim is filed or contested, and not disclosed; {hashCommitment} of its claimant, `evidence` and `salt`
    /// is what was committed to; `uri` has at most 2,048 bytes. Emits {EvidenceDisclosed}.
    function disclose(ClaimId claim, bytes32 evidence, bytes32 salt, string calldata uri) external;

    /// @dev Confirms a claim. The parent becomes an attested parent, undisclosed; the deposit goes back to the claimant.
    ///
    /// Requirements: the claim is about a model, for whose publisher the caller may act; it is filed or contested; the model has
    /// room for another attested parent. Emits {ClaimAcknowledged}, {ParentAttested} and {DepositCredited}.
    function acknowledge(ClaimId claim) external;

    /// @dev Contests a claim. Requirements: the claim is about a model, for whose publisher the caller may act; it is filed; the
    /// time to contest has not passed; `uri` has at most 2,048 bytes. Emits {ClaimContested}.
    function contest(ClaimId claim, string calldata uri) external;

    /// @dev Takes a claim up for ruling. Requirements: the caller has the adjudicator's role; the claim is filed or contested,
    /// disclosed, and not accepted yet. Emits {ClaimAccepted}.
    function accept(ClaimId claim) external;

    /// @dev Rules on a claim. Upheld, the parent becomes an attested parent of a model, undisclosed (see {inherit} for a product), and
    /// the deposit goes back to the claimant. Rejected, it goes to who controls the model's publisher, or to the treasury.
    ///
    /// Requirements: the caller has the adjudicator's role; the claim is accepted; it is contested, or the time to contest has
    /// passed; `uri` has at most 2,048 bytes; the model has room for another attested parent. Emits {ClaimRuled}, {DepositCredited}
    /// and, for a model of which the ruling says something new, {ParentAttested}.
    function rule(ClaimId claim, bool upheld, string calldata uri) external;

    /// @dev Takes a claim back, with the deposit. Requirements: the caller is the claimant; the claim is filed or contested. Emits
    /// {ClaimWithdrawn} and {DepositCredited}.
    function withdraw(ClaimId claim) external;

    /// @dev Adds an upheld claim about a product to a model that was registered with the product's weights. Anybody may, for
    /// every such model. Requirements: the claim is upheld and about a product with the registration's weights; the
    /// registration is registered, neither is nor declares the parent, and has not inherited the same; there is room. Not while
    /// writes are paused. Emits {ParentAttested}.
    function inherit(Registration calldata registration, ClaimId claim) external returns (ModelId model);

    /// @dev Adds a parent that the publisher forgot, unasked. Requirements: the caller may act for the model's publisher; both are
    /// registered and not the same; there is a relation; `parent` is neither declared nor attested; there is room. Not while
    /// writes are paused. Emits {ParentAttested}.
    function attestParent(ModelId model, ModelId parent, Relation relation) external;

    /// @dev Confirms an edge, declared or attested. Requirements: the caller may act for the parent's publisher; the edge is
    /// neither countersigned nor adjudicated. Not while writes are paused. Emits {ParentCountersigned}, and for an attested
    /// edge {ParentAttested}.
    function countersign(ModelId model, ModelId parent) external;

    /// @dev Takes back what is credited to the caller, whole, and sends it to `to`. Never paused. Requirements: there is
    /// something; `to` is not zero and takes it. Emits {DepositWithdrawn}.
    function withdrawDeposit(address payable to) external;

    /// @dev The claim. Reverts with {LineageClaimsUnknownClaim}.
    function claimOf(ClaimId claim) external view returns (Claim memory);

    /// @dev The attested parents of a model, in the order in which they were added. Empty for an unknown model.
    function attestedParentsOf(ModelId model) external view returns (AttestedParent[] memory);

    /// @dev How well the edge from `model` to `parent` is known. Reverts with {LineageClaimsUnknownEdge} when there is none.
    function gradeOf(ModelId model, ModelId parent) external view returns (EvidenceGrade);

    /// @dev How many claims about a subject are accepted for ruling and not ruled on yet.
    function acceptedClaimsOf(bytes32 subject) external view returns (uint256);

    /// @dev What `account` can take back, in wei.
    function depositOf(address account) external view returns (uint256);

    /// @dev The deposit of a claim, in wei.
    function deposit() external view returns (uint256);

    /// @dev How long the child's publisher can contest, in seconds.
    function contestPeriod() external view returns (uint40);

    /// @dev Who gets the deposit of a rejected claim about a product.
    function treasury() external view returns (address);

    /// @dev The id that a claim has or would have.
    function hashClaim(
        address claimant,
        bytes32 subject,
        bool product,
        ModelId parent,
        Relation relation,
        bytes32 commitment
    ) external pure returns (ClaimId);

    /// @dev What a claimant commits to: the hash of its account, the evidence's digest and a salt.
    function hashCommitment(address claimant, bytes32 evidence, bytes32 salt) external pure returns (bytes32);
}

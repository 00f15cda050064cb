// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ClaimId, ModelId} from "../types/Ids.sol";
import {Registration, Relation} from "../types/Registration.sol";

/// @dev The state of a claim. The last four are final.
enum ClaimState {
    None,
    Filed,
    Contested,
    Acknowledged,
    Upheld,
    Rejected,
    Withdrawn
}

/// @dev Where the inheritance of an upheld claim by one model stands. The last two are final.
enum InheritanceState {
    None,
    Pending, // the model's publisher can contest
    Contested, // an adjudicator decides
    Applied, // the edge is attested
    Rejected
}

/// @dev The inheritance of an upheld claim by a model. The model's publisher can contest while
/// `block.timestamp < contestUntil` (Unix seconds).
struct Inheritance {
    uint40 contestUntil;
    InheritanceState state;
}

/// @dev How well an edge of the lineage is evidenced. An edge's grade never falls.
enum EvidenceGrade {
    Declared, // in the registration
    Acknowledged, // by the child's publisher, later
    Countersigned, // by the parent's publisher
    Adjudicated, // a claim was upheld
    Bound // only in a lineage: an external parent is bound to the model, see {IRecalls.bindingsOf}
}

/**
 * @dev A claim as stored on chain.
 *
 * - `subject`: the id of the model that the claim is about. For a product: the SHA-256 digest of its weights or of its
 *   canonical URL.
 * - `contestUntil`: the child's publisher can contest while `block.timestamp` is lower (Unix seconds). The period starts
 *   with the filing, and starts again when the evidence is disclosed.
 * - `product`: the subject is a product, which need not be registered.
 * - `disclosed`: the evidence behind the commitment is public.
 * - `accepted`: an adjudicator accepted the claim for ruling.
 * - `replaces`: the external parent of the model that is really `parent`, according to the claim; zero for none.
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
    ModelId replaces;
}

/// @dev A parent added to a model after its registration. `undisclosed` means that it took a claim to reveal it.
struct AttestedParent {
    ModelId model;
    Relation relation;
    EvidenceGrade grade;
    bool undisclosed;
    uint40 attestedAt; // Unix seconds
}

/**
 * @title Lineage established after registration
 * @dev Anybody can claim that a model, or an unregistered product, derives from a registered model without declaring it,
 * or by another relation than it declares.
 * The child's publisher acknowledges or contests the claim, and an adjudicator rules. An acknowledged or upheld claim
 * becomes an attested parent edge, which compliance applies to every descendant at the next read. No registration is
 * changed.
 *
 * - Evidence is bound to its claimant. A claim is filed with a commitment to the claimant, the evidence's digest and a
 *   salt; the evidence is disclosed afterwards. A copied commitment cannot be disclosed, and a copy of disclosed evidence
 *   is later than the original.
 * - A pending claim freezes nothing. Its only effect, once an adjudicator has accepted it for ruling, is to keep a review
 *   from clearing.
 * - Nobody has to answer evidence that they have not seen. Disclosure starts the full contest period, and a ruling
 *   requires disclosed evidence.
 * - A ruling is about one subject. A model that has the weights of a product, or tensors to which an adjudicator extended
 *   the ruling, inherits it only after its own publisher could contest. A model that was registered with the weights of
 *   the product after the ruling inherits at once.
 * - A claim about the relation of a declared parent adds an attested edge beside the declared one. Both count, so the
 *   harsher relation decides.
 * - Only the controller of a publisher answers for it: it acknowledges and contests claims and inheritances, attests and
 *   detaches parents, and countersigns. An operator does none of this, in whatever scope.
 * - A pause (see {IWritePause}) stops filing, inheriting, attesting and countersigning. It never stops disclosing, answering,
 *   ruling, withdrawing, detaching or a payout.
 * - Deposits are fixed, and credited for withdrawal. They go to the claimant, unless the claim is rejected. Then they go
 *   to the controller of the child's publisher, or to the treasury if the child is a product.
 * - A claim can say which registered model an external parent of its subject is. Only a ruling then replaces the external
 *   parent: an acknowledgment adds the edge and leaves the external parent open, because a publisher could have a friend
 *   claim that a parent with harsh terms is one with mild terms. A replacement only closes a question. It never takes an
 *   edge away from a registered model, nor from an external parent that is bound; see {replacedParentsOf}.
 * - A publisher can state which model an external parent is. The statement is an event. It counts only for readers who trust
 *   that publisher.
 * - The relation of an attested edge comes from the best evidence. A ruling replaces the publisher's own statement, so a
 *   publisher cannot block a claim by attesting the parent under a milder relation.
 * - Attested edges may close a cycle. Readers of a lineage must handle that.
 */
interface ILineageClaims {
    /// @dev `model` is not registered.
    error LineageClaimsUnknownModel(ModelId model);

    /// @dev The claim does not exist.
    error LineageClaimsUnknownClaim(ClaimId claim);

    /// @dev `claim` was already filed, by the same account and with the same content.
    error LineageClaimsAlreadyFiled(ClaimId claim);

    /// @dev `value` wei were sent; send exactly `deposit` wei.
    error LineageClaimsWrongDeposit(uint256 value, uint256 deposit);

    /// @dev The contest period is `contestPeriod` seconds; it must be from a day to a year.
    error LineageClaimsWrongContestPeriod(uint40 contestPeriod);

    /// @dev The treasury is the zero address, so some deposits would be lost.
    error LineageClaimsMissingTreasury();

    /// @dev The subject of a claim, or the digest of the tensors that one is extended to, is zero.
    error LineageClaimsMissingSubject();

    /// @dev The relation is none.
    error LineageClaimsMissingRelation();

    /// @dev A model cannot be its own parent.
    error LineageClaimsSelfParent(ModelId model);

    /// @dev The registration of `model` already declares `parent` by the same relation.
    error LineageClaimsAlreadyDeclared(ModelId model, ModelId parent);

    /// @dev `model` is registered. File the claim about the model, not about a product, so that its publisher can answer.
    error LineageClaimsNotAProduct(ModelId model);

    /// @dev `parent` is already an attested parent of `model`. For a claim: by the same relation, or by a ruling.
    error LineageClaimsAlreadyAttested(ModelId model, ModelId parent);

    /// @dev `parent` is neither a declared nor an attested parent of `model`.
    error LineageClaimsUnknownEdge(ModelId model, ModelId parent);

    /// @dev `parent` is registered, so it is not an external parent of `model`, and nothing can replace it.
    error LineageClaimsNotExternal(ModelId model, ModelId parent);

    /// @dev A ruling already replaced the external parent `parent` of `model`.
    error LineageClaimsAlreadyReplaced(ModelId model, ModelId parent);

    /// @dev The edge from `model` to `parent` is already countersigned, or of a higher grade.
    error LineageClaimsAlreadyCountersigned(ModelId model, ModelId parent);

    /// @dev `model` has the most attested parents possible: 8 by its publisher, 32 in total.
    error LineageClaimsTooManyParents(ModelId model);

    /// @dev `account` is not the controller of `publisher`, who alone answers for it here.
    error LineageClaimsNotController(address publisher, address account);

    /// @dev The edge from `model` to `parent` came of a claim, or is countersigned or adjudicated, so it stays.
    error LineageClaimsNotDetachable(ModelId model, ModelId parent);

    /// @dev The inheritance of `claim` by `model` is `state`, which does not allow this.
    error LineageClaimsUnexpectedInheritance(ClaimId claim, ModelId model, InheritanceState state);

    /// @dev `claim` is already extended to `tensors`.
    error LineageClaimsAlreadyExtended(ClaimId claim, bytes32 tensors);

    /// @dev `account` is not the claimant.
    error LineageClaimsNotClaimant(ClaimId claim, address account);

    /// @dev `claim` is `state`, which does not allow this.
    error LineageClaimsUnexpectedState(ClaimId claim, ClaimState state);

    /// @dev `claim` is about a product, which does not have a publisher on the ledger. Once its weights are registered,
    /// see {inherit}.
    error LineageClaimsProduct(ClaimId claim);

    /// @dev `claim` is neither about a product with the weights `weights` nor extended to the tensors `tensors`.
    error LineageClaimsNotInherited(ClaimId claim, bytes32 weights, bytes32 tensors);

    /// @dev The disclosed evidence does not match the claimant's commitment.
    error LineageClaimsEvidenceMismatch(ClaimId claim);

    /// @dev The evidence of `claim` is already disclosed.
    error LineageClaimsAlreadyDisclosed(ClaimId claim);

    /// @dev The evidence of `claim` is not disclosed yet.
    error LineageClaimsNotDisclosed(ClaimId claim);

    /// @dev `claim` is already accepted for ruling.
    error LineageClaimsAlreadyAccepted(ClaimId claim);

    /// @dev `claim` has not been accepted for ruling.
    error LineageClaimsNotAccepted(ClaimId claim);

    /// @dev The publisher of the claim's model, or of the model that is to inherit it, can contest until `contestUntil` (Unix
    /// seconds). A ruling, or the inheritance, is possible afterwards.
    error LineageClaimsContestOpen(ClaimId claim, uint40 contestUntil);

    /// @dev The time to contest `claim` ended at `contestUntil` (Unix seconds).
    error LineageClaimsContestClosed(ClaimId claim, uint40 contestUntil);

    /// @dev The text has `length` bytes; the limit is 2,048.
    error LineageClaimsTextTooLong(uint256 length);

    /// @dev `account` does not have a deposit to withdraw.
    error LineageClaimsNoDeposit(address account);

    /// @dev `to` rejected the deposit or is the zero address. Name another account.
    error LineageClaimsTransferFailed(address to);

    /// @dev Emitted once per claim. `deposit` is in wei.
    event ClaimFiled(
        ClaimId indexed claim,
        bytes32 indexed subject,
        ModelId indexed parent,
        address claimant,
        bool product,
        Relation relation,
        ModelId replaces,
        bytes32 commitment,
        uint40 contestUntil,
        uint256 deposit
    );

    /// @dev Emitted when the evidence of a claim is disclosed. `evidence` is the SHA-256 of a document, and `uri` says
    /// where it is: empty unless the claimant disclosed. Unless it already contested, the child's publisher can do so while
    /// `block.timestamp < contestUntil`.
    event EvidenceDisclosed(
        ClaimId indexed claim,
        bytes32 indexed evidence,
        bytes32 salt,
        string uri,
        uint40 contestUntil
    );

    /// @dev Emitted when the claimant says where its disclosed evidence is. The last one counts.
    event EvidenceUriSet(ClaimId indexed claim, string uri);

    /// @dev Emitted when the child's publisher contests; `uri` points to its reasons.
    event ClaimContested(ClaimId indexed claim, address indexed account, string uri);

    /// @dev Emitted when an adjudicator accepts a claim for ruling.
    event ClaimAccepted(ClaimId indexed claim, address indexed adjudicator);

    /// @dev Emitted when the child's publisher acknowledges a claim.
    event ClaimAcknowledged(ClaimId indexed claim, address indexed account);

    /// @dev Emitted when an adjudicator rules; `uri` points to the reasons.
    event ClaimRuled(ClaimId indexed claim, address indexed adjudicator, bool upheld, string uri);

    /// @dev Emitted when an adjudicator extends an upheld claim to the models with `tensors`.
    event ClaimExtended(ClaimId indexed claim, bytes32 indexed tensors, address indexed adjudicator);

    /// @dev Emitted when a model is to inherit an upheld claim. Its publisher can contest while
    /// `block.timestamp < contestUntil`.
    event InheritanceOpened(ClaimId indexed claim, ModelId indexed model, uint40 contestUntil);

    /// @dev Emitted when the publisher of a model contests what it would inherit; `uri` points to its reasons.
    event InheritanceContested(ClaimId indexed claim, ModelId indexed model, address indexed account, string uri);

    /// @dev Emitted when an adjudicator rules on a contested inheritance; `uri` points to the reasons.
    event InheritanceRuled(
        ClaimId indexed claim,
        ModelId indexed model,
        address indexed adjudicator,
        bool upheld,
        string uri
    );

    /// @dev Emitted when a model inherits an upheld claim without a ruling of its own: at once, or because its publisher
    /// did not contest in time.
    event ClaimInherited(ClaimId indexed claim, ModelId indexed model);

    /// @dev Emitted when the claimant withdraws a claim.
    event ClaimWithdrawn(ClaimId indexed claim);

    /// @dev Emitted when `parent` becomes an attested parent of `model`, and when that edge is strengthened. `claim` is
    /// zero when the child's or the parent's publisher acted without a claim.
    event ParentAttested(
        ModelId indexed model,
        ModelId indexed parent,
        ClaimId indexed claim,
        Relation relation,
        EvidenceGrade grade,
        bool undisclosed
    );

    /// @dev Emitted when a ruling replaces the external parent `externalModel` of `model` by the claim's parent.
    event ExternalReplaced(ModelId indexed model, ModelId indexed externalModel, ClaimId indexed claim);

    /// @dev Emitted when a publisher states which model an external parent is, or takes that back (`bound` is false). The last
    /// statement of a publisher about the two counts. `evidence` is the SHA-256 of the document that says why; zero when there
    /// is none.
    event BindingStated(
        ModelId indexed externalModel,
        ModelId indexed model,
        address indexed publisher,
        address account,
        bool bound,
        bytes32 evidence
    );

    /// @dev Emitted when the model's controller takes back a parent that it attested on its own.
    event ParentDetached(ModelId indexed model, ModelId indexed parent, address indexed account);

    /// @dev Emitted when the parent's publisher confirms an edge, declared or attested.
    event ParentCountersigned(ModelId indexed model, ModelId indexed parent, address indexed account);

    /// @dev Emitted when `amount` wei are credited to `account`.
    event DepositCredited(ClaimId indexed claim, address indexed account, uint256 amount);

    /// @dev Emitted when `account` withdraws `amount` wei to `to`.
    event DepositWithdrawn(address indexed account, address indexed to, uint256 amount);

    /// @dev Files a claim that the subject derives from `parent` by `relation`, and returns its id. `commitment` is
    /// {hashCommitment} of the caller, the evidence's digest and a salt of 32 random bytes. If `replaces` is not zero, the
    /// claim also says that this external parent of the subject is `parent`.
    ///
    /// Requirements: exactly the deposit is sent; the claim is new; the parent is registered; the relation is not none;
    /// the subject is not zero. The subject of a claim about a product is not a registered model. Any other subject is a
    /// registered model other than the parent. It declares the parent only by another relation, and has it as an attested
    /// parent only by another relation and without a ruling. A claim with `replaces` need not meet the last sentence: there,
    /// the subject is a model whose registration names `replaces`, which is not registered and not replaced yet. Not while
    /// writes are paused. Emits {ClaimFiled}.
    function file(
        bytes32 subject,
        bool product,
        ModelId parent,
        Relation relation,
        ModelId replaces,
        bytes32 commitment
    ) external payable returns (ClaimId claim);

    /// @dev Discloses the evidence of a claim. Anybody who knows it may. Unless the child's publisher already contested,
    /// its full contest period starts again.
    ///
    /// Requirements: the claim is filed or contested, and not disclosed; {hashCommitment} of its claimant, `evidence` and
    /// `salt` equals the commitment; `uri` has at most 2,048 bytes, and is empty unless the caller is the claimant. Emits
    /// {EvidenceDisclosed}.
    function disclose(ClaimId claim, bytes32 evidence, bytes32 salt, string calldata uri) external;

    /// @dev Says where the evidence of a claim is, in place of what was said before. The digest stays, and no time starts
    /// again. Requirements: the caller is the claimant; the evidence is disclosed; `uri` has at most 2,048 bytes. Emits
    /// {EvidenceUriSet}.
    function setEvidenceUri(ClaimId claim, string calldata uri) external;

    /// @dev Acknowledges a claim. The parent becomes an attested parent, marked as undisclosed; an edge that is attested already
    /// gets the mark and, unless its evidence is better, the relation of the claim. The deposit is credited to the claimant.
    /// An external parent that the claim would replace stays open.
    ///
    /// Requirements: the claim is about a model; the caller is the controller of its publisher; the claim is filed or
    /// contested; the model has room for another attested parent. Emits {ClaimAcknowledged}, {DepositCredited} and, when an
    /// edge is added or changes, {ParentAttested}.
    function acknowledge(ClaimId claim) external;

    /// @dev Contests a claim. Requirements: the claim is about a model; the caller is the controller of the model's publisher;
    /// the claim is filed; the time to contest has not passed; `uri` has at most 2,048 bytes. Emits {ClaimContested}.
    function contest(ClaimId claim, string calldata uri) external;

    /// @dev Accepts a claim for ruling. Requirements: the caller has the adjudicator's role; the claim is filed or
    /// contested, disclosed, and not accepted yet. Emits {ClaimAccepted}.
    function accept(ClaimId claim) external;

    /// @dev Rules on a claim. If upheld, the parent becomes an attested parent of the model, marked as undisclosed (for a
    /// product, see {inherit}), and the deposit is credited to the claimant. If rejected, the deposit is credited to the
    /// controller of the model's publisher, or to the treasury for a product. An upheld claim also replaces the external
    /// parent that it names.
    ///
    /// Requirements: the caller has the adjudicator's role; the claim is accepted; it is contested, or the time to
    /// contest has passed; `uri` has at most 2,048 bytes; the model has room for another attested parent. Emits
    /// {ClaimRuled}, {DepositCredited}, when the ruling adds or changes an edge of a model {ParentAttested}, and when it
    /// replaces an external parent {ExternalReplaced}.
    function rule(ClaimId claim, bool upheld, string calldata uri) external;

    /// @dev Withdraws a claim and credits its deposit to the claimant. Requirements: the caller is the claimant; the
    /// claim is filed or contested. Emits {ClaimWithdrawn} and {DepositCredited}.
    function withdraw(ClaimId claim) external;

    /// @dev States which registered model an external parent is, or takes that back. Nothing on chain reads it: it counts only
    /// for readers who trust the publisher. Never paused.
    ///
    /// Requirements: the caller is the controller of `publisher`; `externalModel` is not zero; `model` is registered. Emits
    /// {BindingStated}.
    function stateBinding(
        address publisher,
        ModelId externalModel,
        ModelId model,
        bool bound,
        bytes32 evidence
    ) external;

    /// @dev Extends an upheld claim to the models whose registration states `tensors`: each may then {inherit} it.
    ///
    /// Requirements: the caller has the adjudicator's role; the claim is upheld; `tensors` is not zero; the claim is not
    /// extended to it yet. Emits {ClaimExtended}.
    function extend(ClaimId claim, bytes32 tensors) external;

    /// @dev Applies an upheld claim to a model with the product's weights, or with tensors to which the claim was
    /// extended. Anybody may call it. A model that was registered with the product's weights after the ruling gets the
    /// edge at once. For any other, the first call opens a contest period for its publisher, and a call after that period
    /// adds the edge, unless the publisher contested. It replaces no external parent of that model.
    ///
    /// Requirements: the claim is upheld, and about a product with the registration's weights or extended to its tensors;
    /// the registration is on the ledger; it is not the parent and does not declare it by the same relation; it does not
    /// have the same edge; the inheritance is new, or pending with its contest period over; there is room for another
    /// attested parent. Not while writes are paused. Emits {InheritanceOpened}, or {ClaimInherited} and {ParentAttested}.
    function inherit(Registration calldata registration, ClaimId claim) external returns (ModelId model);

    /// @dev Contests the inheritance of a claim, so that it needs a ruling. Requirements: the inheritance is pending; the
    /// caller is the controller of the model's publisher; the contest period is not over; `uri` has at most 2,048 bytes.
    /// Emits {InheritanceContested}.
    function contestInheritance(ClaimId claim, ModelId model, string calldata uri) external;

    /// @dev Rules on a contested inheritance. If upheld, the edge is attested. Deposits do not move.
    ///
    /// Requirements: the caller has the adjudicator's role; the inheritance is contested; `uri` has at most 2,048 bytes;
    /// the model has room for another attested parent. Emits {InheritanceRuled} and, when the ruling adds or changes an
    /// edge, {ParentAttested}.
    function ruleInheritance(ClaimId claim, ModelId model, bool upheld, string calldata uri) external;

    /// @dev Adds a parent that the publisher forgot to declare, or corrects the relation of a declared one: both edges
    /// count. Requirements: the caller is the controller of the model's publisher; both models are registered and
    /// different; the relation is not none; `parent` is not declared by the same relation and not attested; there is room
    /// for another attested parent. Not while writes are paused. Emits {ParentAttested}.
    function attestParent(ModelId model, ModelId parent, Relation relation) external;

    /// @dev Takes back a parent that the publisher attested. Requirements: the caller is the controller of the model's
    /// publisher; `parent` is an attested parent; the edge did not come of a claim, and is neither countersigned nor
    /// adjudicated. Emits {ParentDetached}.
    function detachParent(ModelId model, ModelId parent) external;

    /// @dev Countersigns the edges from `model` to `parent`, declared and attested. Requirements: the caller is the
    /// controller of the parent's publisher; at least one of them is neither countersigned nor adjudicated. Not while
    /// writes are paused. Emits {ParentCountersigned}, and for an attested edge that changes {ParentAttested}.
    function countersign(ModelId model, ModelId parent) external;

    /// @dev Sends the caller's whole credit to `to`. Never paused. Requirements: the credit is not zero; `to` is not zero
    /// and accepts it. Emits {DepositWithdrawn}.
    function withdrawDeposit(address payable to) external;

    /// @dev The claim. Reverts with {LineageClaimsUnknownClaim}.
    function claimOf(ClaimId claim) external view returns (Claim memory);

    /// @dev The attested parents of a model, in the order of their addition. Empty for an unknown model.
    function attestedParentsOf(ModelId model) external view returns (AttestedParent[] memory);

    /// @dev The declared parents of a model that a ruling replaced: bit i stands for the parent at index i of the registration.
    /// A reader leaves such a parent out only while it is neither registered nor bound, so that a replacement ends a doubt
    /// and never a term. A model with such a parent has an adjudicated edge.
    function replacedParentsOf(ModelId model) external view returns (uint8);

    /// @dev The evidence grade of the edge from `model` to `parent`, the better one of two. Reverts with
    /// {LineageClaimsUnknownEdge} when there is none.
    function gradeOf(ModelId model, ModelId parent) external view returns (EvidenceGrade);

    /// @dev How many claims about a subject are accepted for ruling and still open.
    function acceptedClaimsOf(bytes32 subject) external view returns (uint256);

    /// @dev How many claims speak against an unregistered product with the digest `subject`: accepted for ruling and still
    /// open, or about the product and upheld.
    function openOrUpheldClaimsOf(bytes32 subject) external view returns (uint256);

    /// @dev The inheritance of a claim by a model; all zero when nobody asked for it.
    function inheritanceOf(ClaimId claim, ModelId model) external view returns (Inheritance memory);

    /// @dev Whether a claim was extended to `tensors`.
    function isExtended(ClaimId claim, bytes32 tensors) external view returns (bool);

    /// @dev What `account` can withdraw, in wei.
    function depositOf(address account) external view returns (uint256);

    /// @dev The deposit of a claim, in wei.
    function deposit() external view returns (uint256);

    /// @dev How long the child's publisher can contest, in seconds.
    function contestPeriod() external view returns (uint40);

    /// @dev The account that receives the deposit of a rejected claim about a product.
    function treasury() external view returns (address);

    /// @dev The id of a claim, filed or not.
    function hashClaim(
        address claimant,
        bytes32 subject,
        bool product,
        ModelId parent,
        Relation relation,
        ModelId replaces,
        bytes32 commitment
    ) external pure returns (ClaimId);

    /// @dev The commitment of a claimant: the hash of its account, the evidence's digest and a salt.
    function hashCommitment(address claimant, bytes32 evidence, bytes32 salt) external pure returns (bytes32);
}

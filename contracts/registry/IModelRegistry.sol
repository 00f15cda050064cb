// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId} from "../types/Ids.sol";
import {ModelRecord, ModelStatus} from "../types/ModelRecord.sol";
import {Parent, Registration, Relation} from "../types/Registration.sol";

/**
 * @title Models, their parents, and their lives
 * @dev The id of a model is the EIP-712 struct hash of its {Registration}. It commits to the parents' ids, so a cycle cannot
 * be built, an id is the same on every chain, and nobody can register a model in somebody else's name.
 *
 * Assumptions:
 *
 * - Nobody can change or remove a registration.
 * - Nothing proves that `weights` is the digest of a file. Several publishers may register the same weights; the reader
 *   decides whom to trust.
 * - The documents behind the digests are off chain; the event says where.
 * - A pause (see {IWritePause}) stops registering, anchoring and materializing. It never stops superseding, retiring or
 *   recalling.
 */
interface IModelRegistry {
    /// @dev A model as stored on chain.
    struct Model {
        address publisher;
        uint40 registeredAt; // Unix seconds
        ModelStatus status;
        TermsId terms;
        Parent[] parents;
    }

    /// @dev `model` is not registered.
    error ModelRegistryUnknownModel(ModelId model);

    /// @dev `model` is already registered: the same publisher made the same statement before.
    error ModelRegistryAlreadyRegistered(ModelId model);

    /// @dev `parent` is not registered. Register it first, or in the same call before its child.
    error ModelRegistryUnknownParent(ModelId parent);

    /// @dev `parent` has been recalled, so nothing can be made from it.
    error ModelRegistryRecalledParent(ModelId parent);

    /// @dev `parent` is named twice.
    error ModelRegistryDuplicateParent(ModelId parent);

    /// @dev The relation to `parent` is none.
    error ModelRegistryMissingRelation(ModelId parent);

    /// @dev There are `count` parents; the limit is 8. Register an intermediate merge.
    error ModelRegistryTooManyParents(uint256 count);

    /// @dev The weights digest is zero. An API-only model has a digest too, which only its publisher can compute.
    error ModelRegistryMissingWeights();

    /// @dev The text has `length` bytes; the limit is 2,048.
    error ModelRegistryTextTooLong(uint256 length);

    /// @dev The signature expired at `deadline` (Unix seconds).
    error ModelRegistrySignatureExpired(uint48 deadline);

    /// @dev The signature is not `signer`'s, or not for this registration, deadline, chain and contract.
    error ModelRegistryInvalidSignature(address signer);

    /// @dev `model` is `status` and cannot move to `next`: a status only advances.
    error ModelRegistryStatusOnlyAdvances(ModelId model, ModelStatus status, ModelStatus next);

    /// @dev A model cannot supersede itself.
    error ModelRegistrySelfSuccession(ModelId model);

    /// @dev The batch is empty, or its root is zero.
    error ModelRegistryEmptyBatch();

    /// @dev `publisher` already anchored a batch with this root.
    error ModelRegistryAlreadyAnchored(address publisher, bytes32 root);

    /// @dev `publisher` has not anchored a batch with this root.
    error ModelRegistryUnknownBatch(address publisher, bytes32 root);

    /// @dev `publisher` revoked the batch with this root: nothing can be materialized from it.
    error ModelRegistryRevokedBatch(address publisher, bytes32 root);

    /// @dev The proof does not lead from `model` to `root`.
    error ModelRegistryInvalidProof(ModelId model, bytes32 root);

    /// @dev Emitted once per model. Carries the whole registration, so that `model` can be recomputed from it.
    event ModelRegistered(
        ModelId indexed model,
        address indexed publisher,
        bytes32 indexed weights,
        bytes32 tensors,
        bytes32 annex,
        bytes32 datasets,
        bytes32 method,
        TermsId terms,
        Parent[] parents,
        string uri
    );

    /// @dev Emitted after {ModelRegistered} when the registration states its tensors, so that twins (registrations of the same
    /// tensors) can be found by topic.
    event TensorsStated(bytes32 indexed tensors, ModelId indexed model);

    /// @dev Emitted once per parent, so that a parent's children can be found by topic.
    event ParentDeclared(ModelId indexed parent, ModelId indexed model, Relation relation);

    /// @dev Emitted when a publisher anchors `count` registrations by the root of their Merkle tree. `uri` points to
    /// them.
    event BatchAnchored(address indexed publisher, bytes32 indexed root, uint32 count, string uri);

    /// @dev Emitted when the controller of `publisher` revokes a batch.
    event BatchRevoked(address indexed publisher, bytes32 indexed root);

    /// @dev Emitted after {ModelRegistered} when a model is materialized from a batch. It counts as registered at
    /// `anchoredAt` (Unix seconds).
    event ModelMaterialized(ModelId indexed model, bytes32 indexed root, uint40 anchoredAt);

    /// @dev Emitted when the publisher says that `successor` replaces `model`.
    event ModelSuperseded(ModelId indexed model, ModelId indexed successor, address indexed account);

    /// @dev Emitted when the publisher no longer supports `model`.
    event ModelRetired(ModelId indexed model, address indexed account, string reason);

    /// @dev Emitted when `model` must no longer be used. Affects every descendant at the next read.
    event ModelRecalled(ModelId indexed model, address indexed account, string reason);

    /// @dev Registers a model and returns its id.
    ///
    /// Requirements:
    ///
    /// - the caller may act for the publisher, else {IPublisherRegistry.PublisherRegistryUnauthorized};
    /// - the model is new; `weights` is not zero; `uri` has at most 2,048 bytes;
    /// - `terms` is zero or published;
    /// - at most 8 parents, all different, registered and not recalled, each with a relation.
    ///
    /// Emits {ModelRegistered}, {TensorsStated} unless `tensors` is zero, and {ParentDeclared} for each parent.
    function register(Registration calldata registration) external returns (ModelId model);

    /// @dev Registers a model that its publisher has signed; anybody may send it. `signer` is the controller or an
    /// operator of the publisher: a key or an ERC-1271 contract. There is no nonce, because an id cannot be registered
    /// twice. Signatures may be sent in any order until `deadline` (Unix seconds, inclusive).
    ///
    /// Signed data: EIP-712 `Register(Registration registration,uint48 deadline)` in the domain of this contract.
    /// Requirements and events are those of {register}.
    function registerBySignature(
        Registration calldata registration,
        address signer,
        uint48 deadline,
        bytes calldata signature
    ) external returns (ModelId model);

    /// @dev Registers many models, all or none, and returns all ids. A parent must come before its child. A model that is
    /// registered already is skipped, so that nobody can block the others by sending one of them first. Otherwise,
    /// requirements and events are those of {register}.
    function registerMany(Registration[] calldata registrations) external returns (ModelId[] memory models);

    /// @dev Anchors `count` registrations of one publisher for the price of one storage word. `root` is the root of
    /// OpenZeppelin's standard Merkle tree over the models' ids. A leaf is `keccak256(keccak256(id))`, so it cannot be
    /// mistaken for an inner node, and pairs are sorted before hashing. The registrations themselves are in the batch
    /// file at `uri`.
    ///
    /// Requirements: the caller may act for the publisher; neither root nor count is zero; the publisher has not anchored this
    /// root before; `uri` has at most 2,048 bytes. Emits {BatchAnchored}.
    function anchorBatch(address publisher, bytes32 root, uint32 count, string calldata uri) external;

    /// @dev Creates the full record of an anchored registration, dated at the time of the batch. Anybody may call it,
    /// because the publisher committed to the registration by anchoring. Materialize a parent in the same batch first.
    ///
    /// Requirements: the registration's publisher has anchored `root` and not revoked it; `proof` leads from the model's id to `root`;
    /// otherwise as {register}. Emits the events of {register}, and {ModelMaterialized}.
    function materialize(
        Registration calldata registration,
        bytes32 root,
        bytes32[] calldata proof
    ) external returns (ModelId model);

    /// @dev Revokes a batch for good, such as one that a stolen key anchored: nothing can be materialized from it any more.
    /// What was materialized before stays. A pause does not stop it.
    ///
    /// Requirements: the caller is the controller; the publisher has anchored `root` and not revoked it. Emits
    /// {BatchRevoked}.
    function revokeBatch(address publisher, bytes32 root) external;

    /// @dev States that `successor` replaces `model`.
    ///
    /// Requirements: the caller may act for the model's publisher; `successor` is another registered model; `model` is
    /// active. Emits {ModelSuperseded}.
    function supersede(ModelId model, ModelId successor) external;

    /// @dev Ends the support of `model`. Requirements: the caller may act for the model's publisher; `model` is active or
    /// superseded; `reason` has at most 2,048 bytes. Emits {ModelRetired}.
    function retire(ModelId model, string calldata reason) external;

    /// @dev Recalls `model` permanently. Requirements: the caller may act for the model's publisher; `model` is not
    /// recalled; `reason` has at most 2,048 bytes. Emits {ModelRecalled}.
    function recall(ModelId model, string calldata reason) external;

    /// @dev Recalls `model` permanently, as the authority. Requirements: the caller has the authority's role; otherwise
    /// as {recall}.
    function recallByAuthority(ModelId model, string calldata reason) external;

    /// @dev The model. Reverts with {ModelRegistryUnknownModel}.
    function modelOf(ModelId model) external view returns (Model memory);

    /// @dev The model's publisher and status. Reverts with {ModelRegistryUnknownModel}.
    function statusOf(ModelId model) external view returns (address publisher, ModelStatus status);

    /// @dev Everything an evaluation needs of a model in one call: its packed record (zero when it is not registered),
    /// its terms, its parents, and from when until when its publisher's verification lasts.
    function lineageOf(
        ModelId model
    )
        external
        view
        returns (
            ModelRecord record,
            TermsId terms,
            ModelId[] memory parents,
            uint40 verifiedFrom,
            uint40 verifiedUntil
        );

    /// @dev When a publisher anchored a batch (Unix seconds), and how many registrations it declared. Zero for an unknown
    /// batch.
    function batchOf(address publisher, bytes32 root) external view returns (uint40 anchoredAt, uint32 count);

    /// @dev The id of a registration, the same on every chain.
    function hashRegistration(Registration calldata registration) external pure returns (ModelId);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId} from "../types/Ids.sol";
import {ModelRecord, ModelStatus} from "../types/ModelRecord.sol";
import {Parent, Registration} from "../types/Registration.sol";

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
 * - A pause (see {IWritePause}) stops registering, anchoring and materializing. It never stops superseding, retiring,
 *   recalling, syncing or revoking a batch.
 * - A publisher's recall concerns its own model and is final. A recall by the authority ({IRecalls}) reaches every model with
 *   the digest, and can be undone once. {register} and the lens read the mark in a model's record, which follows when
 *   anybody calls {syncRecall}.
 */
interface IModelRegistry {
    /// @dev A model as stored on chain.
    struct Model {
        address publisher;
        uint40 registeredAt; // Unix seconds
        ModelStatus status;
        bool marked; // recalled by the authority as of the last sync
        TermsId terms;
        Parent[] parents;
    }

    /// @dev `model` is not registered.
    error ModelRegistryUnknownModel(ModelId model);

    /// @dev `model` is already registered: the same publisher made the same statement before.
    error ModelRegistryAlreadyRegistered(ModelId model);

    /// @dev `parent` is not registered and not flagged as external. Register it first, or in the same call before its child, or
    /// name it as an external parent.
    error ModelRegistryUnknownParent(ModelId parent);

    /// @dev `parent` has been recalled by its publisher or, as of its last sync, by the authority, so nothing can be made from
    /// it.
    error ModelRegistryRecalledParent(ModelId parent);

    /// @dev `parent` is named twice.
    error ModelRegistryDuplicateParent(ModelId parent);

    /// @dev The relation to `parent` is none.
    error ModelRegistryMissingRelation(ModelId parent);

    /// @dev The relation to `parent`, bits 0-3 of the byte `relation`, is not defined.
    error ModelRegistryUnknownRelation(ModelId parent, uint8 relation);

    /// @dev The part of `parent` that was used, bits 4-6 of the byte `relation`, is not defined.
    error ModelRegistryUnknownPart(ModelId parent, uint8 relation);

    /// @dev `parent` is flagged as external, but it is registered. Name it without the flag.
    error ModelRegistryRegisteredExternal(ModelId parent);

    /// @dev There are `count` parents; the limit is 8. Register an intermediate merge.
    error ModelRegistryTooManyParents(uint256 count);

    /// @dev The weights digest is zero. An API-only model has a digest too, which only its publisher can compute.
    error ModelRegistryMissingWeights();

    /// @dev The text has `length` bytes; the limit is 2,048.
    error ModelRegistryTextTooLong(uint256 length);

    /// @dev The signature expired at `deadline` (Unix seconds).
    error ModelRegistrySignatureExpired(uint48 deadline);

    /// @dev The registration was signed for `epoch` of `publisher`, whose epoch is `current`: control has changed since.
    error ModelRegistryOtherEpoch(address publisher, uint32 epoch, uint32 current);

    /// @dev The signature is not `signer`'s, or not for this registration, epoch, deadline, chain and contract.
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

    /// @dev The proof does not show that `model` is at `index` in the batch with the root `root` and its anchored count.
    error ModelRegistryInvalidProof(ModelId model, bytes32 root, uint32 index);

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

    /// @dev Emitted once per parent, so that a parent's children can be found by topic, an external parent's too. `relation` is
    /// the byte of the registration.
    event ParentDeclared(ModelId indexed parent, ModelId indexed model, uint8 relation);

    /// @dev Emitted when a publisher anchors `count` registrations by the root of their Merkle tree. `uri` points to
    /// them.
    event BatchAnchored(address indexed publisher, bytes32 indexed root, uint32 count, string uri);

    /// @dev Emitted when the controller of `publisher` revokes a batch.
    event BatchRevoked(address indexed publisher, bytes32 indexed root);

    /// @dev Emitted after {ModelRegistered} when a model is materialized from a batch. It counts as registered at
    /// `registeredAt` (Unix seconds).
    event ModelMaterialized(
        ModelId indexed model,
        address indexed publisher,
        bytes32 indexed root,
        uint40 registeredAt
    );

    /// @dev Emitted when the publisher says that `successor` replaces `model`.
    event ModelSuperseded(ModelId indexed model, ModelId indexed successor, address indexed account);

    /// @dev Emitted when the publisher no longer supports `model`.
    event ModelRetired(ModelId indexed model, address indexed account, string reason);

    /// @dev Emitted when the publisher says that `model` must no longer be used. Affects every descendant at the next read.
    event ModelRecalled(ModelId indexed model, address indexed account, string reason);

    /// @dev Emitted when the mark of `model` changes to what {IRecalls} holds of its id, weights and tensors.
    event RecallSynced(ModelId indexed model, bool marked);

    /// @dev Registers a model and returns its id.
    ///
    /// Requirements:
    ///
    /// - the caller may act for the publisher in the scope `register` (see {Scopes}), else
    ///   {IPublisherRegistry.PublisherRegistryUnauthorized};
    /// - the model is new; `weights` is not zero; `uri` has at most 2,048 bytes;
    /// - `terms` is zero or published;
    /// - at most 8 parents, all different, each with a relation and a part that are defined; those flagged as external are not
    ///   registered, all others are, and are not recalled.
    ///
    /// Emits {ModelRegistered}, {TensorsStated} unless `tensors` is zero, and {ParentDeclared} for each parent.
    function register(Registration calldata registration) external returns (ModelId model);

    /// @dev Registers a model that its publisher has signed; anybody may send it. `signer` is the controller of the
    /// publisher, or an operator in the scope `register`: a key or an ERC-1271 contract. There is no nonce, because an id
    /// cannot be registered twice. Signatures may be sent in any order until `deadline` (Unix seconds, inclusive), or until
    /// control of the publisher changes: `epoch` is that of {IPublisherRegistry.epochOf}, else {ModelRegistryOtherEpoch}.
    ///
    /// Signed data: EIP-712 `Register(Registration registration,uint32 epoch,uint48 deadline)` in the domain of this
    /// contract.
    /// Requirements and events are those of {register}.
    function registerBySignature(
        Registration calldata registration,
        address signer,
        uint32 epoch,
        uint48 deadline,
        bytes calldata signature
    ) external returns (ModelId model);

    /// @dev Registers many models, all or none, and returns all ids. A parent must come before its child. A model that is
    /// registered already is skipped, so that nobody can block the others by sending one of them first. Otherwise,
    /// requirements and events are those of {register}.
    function registerMany(Registration[] calldata registrations) external returns (ModelId[] memory models);

    /// @dev Anchors `count` registrations of one publisher for the price of one storage word. `root` is the Merkle tree
    /// hash (RFC 9162, section 2.1, over SHA-256) of the models' ids in the order of the batch file, which is at `uri`.
    /// `count` fixes the shape of the tree, and a proof names its place in it. So the batch cannot hold more than `count`
    /// registrations, and an inner node cannot pass for a leaf.
    ///
    /// Requirements: the caller may act for the publisher in the scope `anchor`; neither root nor count is zero; the
    /// publisher has not anchored this root before; `uri` has at most 2,048 bytes. Emits {BatchAnchored}.
    function anchorBatch(address publisher, bytes32 root, uint32 count, string calldata uri) external;

    /// @dev Creates the full record of an anchored registration. Anybody may call it, because the publisher committed to
    /// the registration by anchoring. Materialize a parent in the same batch first. The model counts as registered at the
    /// time of the batch, or at that of its youngest parent if this was registered later: a child is not older than what
    /// it was made from.
    ///
    /// Requirements: the registration's publisher has anchored `root` and not revoked it; `proof` shows that the model's id
    /// is at `index` (from 0) among the anchored `count`, by an inclusion proof (RFC 9162, section 2.1.3), else
    /// {ModelRegistryInvalidProof}; otherwise as {register}. Emits the events of {register}, and {ModelMaterialized}.
    function materialize(
        Registration calldata registration,
        bytes32 root,
        uint32 index,
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
    /// Requirements: the caller is the controller of the model's publisher; `successor` is another registered model; `model` is
    /// active. Emits {ModelSuperseded}.
    function supersede(ModelId model, ModelId successor) external;

    /// @dev Ends the support of `model`. Requirements: the caller is the controller of the model's publisher; `model` is
    /// active or superseded; `reason` has at most 2,048 bytes. Emits {ModelRetired}.
    function retire(ModelId model, string calldata reason) external;

    /// @dev Recalls `model` permanently, and nothing else: no other registration of its weights or tensors. Requirements: the
    /// caller is the controller of the model's publisher, which has not recalled it; `reason` has at most 2,048 bytes. Emits
    /// {ModelRecalled}.
    function recall(ModelId model, string calldata reason) external;

    /// @dev Sets the mark of a model to what {IRecalls} holds now of its id, its weights and its tensors, and returns it.
    /// Anybody may call it, after a recall and after an undo; it does not change the model's status. Never paused.
    ///
    /// Requirements: the registration is on the ledger. Emits {RecallSynced} when the mark changes.
    function syncRecall(Registration calldata registration) external returns (bool marked);

    /// @dev The model. The relations of its parents have bits 0-3 only: the part and the external flag stand in the id and in the
    /// events. Reverts with {ModelRegistryUnknownModel}.
    function modelOf(ModelId model) external view returns (Model memory);

    /// @dev The model's publisher and the status that the publisher gave it. Reverts with {ModelRegistryUnknownModel}.
    function publisherAndStatusOf(ModelId model) external view returns (address publisher, ModelStatus status);

    /// @dev Everything an evaluation needs of a model in one call: its packed record (zero when it is not registered, as
    /// an external parent never is), its terms, its parents, and from when until when its publisher's verification lasts.
    function recordWithParentsOf(
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

    /// @dev A model's packed record, which has the relations to its parents, and their ids; zero and none when it is not
    /// registered.
    function edgesOf(ModelId model) external view returns (ModelRecord record, ModelId[] memory parents);

    /// @dev When a publisher anchored a batch (Unix seconds), how many registrations it has, and when it was revoked, zero if
    /// it was not. All zero for an unknown batch.
    function batchOf(
        address publisher,
        bytes32 root
    ) external view returns (uint40 anchoredAt, uint32 count, uint40 revokedAt);

    /// @dev The id of a registration, the same on every chain.
    function hashRegistration(Registration calldata registration) external pure returns (ModelId);
}

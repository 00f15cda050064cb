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
 * - A registration is never changed and never removed, by nobody.
 * - `weights` is not proved to be the digest of anything: several publishers may register the same weights, and whom to
 *   trust is for the reader.
 * - The documents behind the digests are not on chain; the event says where they are.
 * - A pause (see {IWritePause}) stops registering, anchoring and materializing; never a model's life: superseding, retiring
 *   and recalling go on.
 */
interface IModelRegistry {
    /// @dev A model as the chain knows it.
    struct Model {
        address publisher;
        uint40 registeredAt; // Unix seconds
        ModelStatus status;
        TermsId terms;
        Parent[] parents;
    }

    /// @dev `model` is not registered.
    error ModelRegistryUnknownModel(ModelId model);

    /// @dev `model` is registered already: the same publisher has made the same statement before.
    error ModelRegistryAlreadyRegistered(ModelId model);

    /// @dev `parent` is not registered. Register it first, or in the same call before its child.
    error ModelRegistryUnknownParent(ModelId parent);

    /// @dev `parent` has been recalled: nothing can be made from it any more.
    error ModelRegistryRecalledParent(ModelId parent);

    /// @dev `parent` is named twice.
    error ModelRegistryDuplicateParent(ModelId parent);

    /// @dev The relation to `parent` is none.
    error ModelRegistryMissingRelation(ModelId parent);

    /// @dev There are `count` parents; 8 are possible. Register an intermediate merge.
    error ModelRegistryTooManyParents(uint256 count);

    /// @dev The registration says no weights. An API-only model has a digest too; its publisher alone can compute it.
    error ModelRegistryMissingWeights();

    /// @dev The text has `length` bytes; 2,048 are possible.
    error ModelRegistryTextTooLong(uint256 length);

    /// @dev The signature was good until `deadline` (Unix seconds), which has passed.
    error ModelRegistrySignatureExpired(uint48 deadline);

    /// @dev The signature is not `signer`'s, or not for this registration, deadline, chain and contract.
    error ModelRegistryInvalidSignature(address signer);

    /// @dev `model` is `status` and cannot go back to, or again to, `next`.
    error ModelRegistryStatusOnlyAdvances(ModelId model, ModelStatus status, ModelStatus next);

    /// @dev A model cannot supersede itself.
    error ModelRegistrySelfSuccession(ModelId model);

    /// @dev The batch is empty, or its root is zero.
    error ModelRegistryEmptyBatch();

    /// @dev `publisher` has anchored a batch with this root before.
    error ModelRegistryAlreadyAnchored(address publisher, bytes32 root);

    /// @dev `publisher` has anchored no batch with this root.
    error ModelRegistryUnknownBatch(address publisher, bytes32 root);

    /// @dev The proof does not lead from `model` to `root`.
    error ModelRegistryInvalidProof(ModelId model, bytes32 root);

    /// @dev Emitted once a model. Carries the whole registration, so that `model` can be recomputed from it.
    event ModelRegistered(
        ModelId indexed model,
        address indexed publisher,
        bytes32 indexed weights,
        bytes32 datasets,
        bytes32 method,
        TermsId terms,
        Parent[] parents,
        string uri
    );

    /// @dev Emitted once a parent, so that a parent's children are found by topic.
    event ParentDeclared(ModelId indexed parent, ModelId indexed model, Relation relation);

    /// @dev Emitted when a publisher anchors `count` registrations by the root of their Merkle tree. `uri` is where they are.
    event BatchAnchored(address indexed publisher, bytes32 indexed root, uint32 count, string uri);

    /// @dev Emitted after {ModelRegistered} when a model comes out of a batch: it counts as registered at `anchoredAt` (Unix
    /// seconds).
    event ModelMaterialized(ModelId indexed model, bytes32 indexed root, uint40 anchoredAt);

    /// @dev Emitted when the publisher says that `successor` replaces `model`.
    event ModelSuperseded(ModelId indexed model, ModelId indexed successor, address indexed account);

    /// @dev Emitted when the publisher no longer supports `model`.
    event ModelRetired(ModelId indexed model, address indexed account, string reason);

    /// @dev Emitted when `model` must not be used any more. Every descendant is affected at the next read.
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
    /// Emits {ModelRegistered}, and {ParentDeclared} for each parent.
    function register(Registration calldata registration) external returns (ModelId model);

    /// @dev Registers a model that its publisher has signed; anybody may send it. `signer` is the controller or an operator
    /// of the publisher, a key or an ERC-1271 contract. There is no nonce: the id itself cannot be used twice, so signatures
    /// may be sent in any order until `deadline` (Unix seconds, inclusive).
    ///
    /// What is signed is EIP-712's `Register(Registration registration,uint48 deadline)` in the domain of this contract.
    /// Requirements and events as {register}.
    function registerBySignature(
        Registration calldata registration,
        address signer,
        uint48 deadline,
        bytes calldata signature
    ) external returns (ModelId model);

    /// @dev Registers many models, all or none; a parent must stand before its child. Requirements and events as {register}.
    function registerMany(Registration[] calldata registrations) external returns (ModelId[] memory models);

    /// @dev Anchors `count` registrations of one publisher at the cost of one word. `root` is that of OpenZeppelin's standard
    /// Merkle tree over the models' ids: a leaf is `keccak256(keccak256(id))`, which no node is, and pairs are hashed in
    /// order of value. What is not said by the root stays with the batch file at `uri`.
    ///
    /// Requirements: the caller may act for the publisher; neither root nor count is zero; the publisher has not anchored this
    /// root before; `uri` has at most 2,048 bytes. Emits {BatchAnchored}.
    function anchorBatch(address publisher, bytes32 root, uint32 count, string calldata uri) external;

    /// @dev Makes a full record of a registration that its publisher has anchored, with the time of the batch. Anybody may; the
    /// publisher has said it by the anchor. A parent in the same batch has to be materialized first.
    ///
    /// Requirements: the registration's publisher has anchored `root`; `proof` leads there from the model's id; as {register}
    /// for the rest. Emits the events of {register}, and {ModelMaterialized}.
    function materialize(
        Registration calldata registration,
        bytes32 root,
        bytes32[] calldata proof
    ) external returns (ModelId model);

    /// @dev Says that `successor` replaces `model`.
    ///
    /// Requirements: the caller may act for the model's publisher; `successor` is another registered model; `model` is
    /// active. Emits {ModelSuperseded}.
    function supersede(ModelId model, ModelId successor) external;

    /// @dev Ends the support of `model`. Requirements: the caller may act for the model's publisher; `model` is active or
    /// superseded; `reason` has at most 2,048 bytes. Emits {ModelRetired}.
    function retire(ModelId model, string calldata reason) external;

    /// @dev Recalls `model` for good. Requirements: the caller may act for the model's publisher; `model` is not recalled;
    /// `reason` has at most 2,048 bytes. Emits {ModelRecalled}.
    function recall(ModelId model, string calldata reason) external;

    /// @dev Recalls `model` for good, by the authority. Requirements: the caller has the authority's role; else as {recall}.
    function recallByAuthority(ModelId model, string calldata reason) external;

    /// @dev The model. Reverts with {ModelRegistryUnknownModel}.
    function modelOf(ModelId model) external view returns (Model memory);

    /// @dev The publisher of the model, and where it stands. Reverts with {ModelRegistryUnknownModel}.
    function statusOf(ModelId model) external view returns (address publisher, ModelStatus status);

    /// @dev The packed record of a model, zero when it is not registered, with its parents and its terms: all that an
    /// evaluation needs, in one call.
    function lineageOf(
        ModelId model
    ) external view returns (ModelRecord record, TermsId terms, ModelId[] memory parents);

    /// @dev When a publisher anchored a batch, in Unix seconds, and how many registrations it said it holds. Zero for none.
    function batchOf(address publisher, bytes32 root) external view returns (uint40 anchoredAt, uint32 count);

    /// @dev The id that a registration has, here and on every other chain.
    function hashRegistration(Registration calldata registration) external pure returns (ModelId);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {WritePause} from "../governance/WritePause.sol";
import {TermsNumbers} from "../licensing/TermsNumbers.sol";
import {ModelId, TermsId} from "../types/Ids.sol";
import {MerkleLog} from "../types/MerkleLog.sol";
import {
    MAX_PARENTS,
    ModelRecord,
    ModelStatus,
    packModelRecord,
    WIDE_TERMS,
    withMark,
    withStatus,
    withTiers
} from "../types/ModelRecord.sol";
import {ParentRelation} from "../types/ParentRelation.sol";
import {Parent, Registration, RegistrationHash} from "../types/Registration.sol";
import {AccountSignature} from "../types/AccountSignature.sol";
import {Scopes} from "../types/Scopes.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IRecalls} from "./IRecalls.sol";
import {PublisherAuthority} from "./PublisherAuthority.sol";

/// @dev Implements {IModelRegistry} as a part of the {Ledger}.
abstract contract ModelRegistry is IModelRegistry, PublisherAuthority, TermsNumbers, WritePause, EIP712 {
    using RegistrationHash for Registration;
    using ParentRelation for uint8;

    struct Batch {
        uint40 anchoredAt; // bytes 0-4: Unix seconds, zero means not anchored
        uint32 count; // bytes 5-8
        uint40 revokedAt; // bytes 9-13: Unix seconds, zero means not revoked
    }

    uint256 private constant MAX_TEXT_BYTES = 2048;

    IRecalls private immutable _RECALLS;

    mapping(address publisher => mapping(bytes32 root => Batch)) private _batches;
    mapping(ModelId model => ModelRecord) private _records;
    mapping(ModelId model => ModelId[MAX_PARENTS]) private _parents;
    // Holds only terms whose number does not fit into the record.
    mapping(ModelId model => uint256 number) private _wideTerms;

    /// @dev `recalls` keeps what the authority has recalled.
    constructor(IRecalls recalls) {
        _RECALLS = recalls;
    }

    /// @inheritdoc IModelRegistry
    function register(Registration calldata registration) external whenNotPaused returns (ModelId model) {
        _requireAuthorized(registration.publisher, msg.sender, Scopes.REGISTER);
        Parent[] calldata parents = registration.parents;
        string calldata uri = registration.uri;
        model = registration.id(parents, uri);
        _register(model, registration, parents, uri, block.timestamp);
    }

    /// @inheritdoc IModelRegistry
    function registerBySignature(
        Registration calldata registration,
        address signer,
        uint32 epoch,
        uint48 deadline,
        bytes calldata signature
    ) external whenNotPaused returns (ModelId model) {
        if (block.timestamp > deadline) revert ModelRegistrySignatureExpired(deadline);
        _requireSigner(registration.publisher, signer, epoch);
        Parent[] calldata parents = registration.parents;
        string calldata uri = registration.uri;
        model = registration.id(parents, uri);
        bytes32 digest = _hashTypedDataV4(RegistrationHash.register(model, epoch, deadline));
        if (!AccountSignature.isValid(signer, digest, signature)) revert ModelRegistryInvalidSignature(signer);
        _register(model, registration, parents, uri, block.timestamp);
    }

    /// @inheritdoc IModelRegistry
    function registerMany(
        Registration[] calldata registrations
    ) external whenNotPaused returns (ModelId[] memory models) {
        models = new ModelId[](registrations.length);
        for (uint256 i = 0; i < registrations.length; ++i) {
            Registration calldata registration = registrations[i];
            _requireAuthorized(registration.publisher, msg.sender, Scopes.REGISTER);
            Parent[] calldata parents = registration.parents;
            string calldata uri = registration.uri;
            ModelId model = registration.id(parents, uri);
            models[i] = model;
            if (!_records[model].exists()) _register(model, registration, parents, uri, block.timestamp);
        }
    }

    /// @inheritdoc IModelRegistry
    function anchorBatch(address publisher, bytes32 root, uint32 count, string calldata uri) external whenNotPaused {
        _requireAuthorized(publisher, msg.sender, Scopes.ANCHOR);
        _requireShort(uri);
        if (root == 0 || count == 0) revert ModelRegistryEmptyBatch();
        Batch storage batch = _batches[publisher][root];
        if (batch.anchoredAt != 0) revert ModelRegistryAlreadyAnchored(publisher, root);
        batch.anchoredAt = uint40(block.timestamp);
        batch.count = count;
        emit BatchAnchored(publisher, root, count, uri);
    }

    /// @inheritdoc IModelRegistry
    function materialize(
        Registration calldata registration,
        bytes32 root,
        uint32 index,
        bytes32[] calldata proof
    ) external whenNotPaused returns (ModelId model) {
        Parent[] calldata parents = registration.parents;
        string calldata uri = registration.uri;
        model = registration.id(parents, uri);
        uint256 time = _provenAt(model, registration.publisher, root, index, proof);
        // A child is not older than its parents. Refusing younger ones would let a parent that was registered on its own
        // shut out its children in the batch.
        for (uint256 i = 0; i < parents.length; ++i) {
            uint256 parentTime = _records[parents[i].model].registeredAt();
            if (parentTime > time) time = parentTime;
        }
        _register(model, registration, parents, uri, time);
        emit ModelMaterialized(model, registration.publisher, root, uint40(time));
    }

    /// @inheritdoc IModelRegistry
    function revokeBatch(address publisher, bytes32 root) external {
        _requireController(publisher, msg.sender);
        _liveBatch(publisher, root).revokedAt = uint40(block.timestamp);
        emit BatchRevoked(publisher, root);
    }

    /// @inheritdoc IModelRegistry
    function supersede(ModelId model, ModelId successor) external {
        if (model == successor) revert ModelRegistrySelfSuccession(model);
        if (!_records[successor].exists()) revert ModelRegistryUnknownModel(successor);
        _requireController(_advance(model, ModelStatus.Superseded), msg.sender);
        emit ModelSuperseded(model, successor, msg.sender);
    }

    /// @inheritdoc IModelRegistry
    function retire(ModelId model, string calldata reason) external {
        _requireShort(reason);
        _requireController(_advance(model, ModelStatus.Retired), msg.sender);
        emit ModelRetired(model, msg.sender, reason);
    }

    /// @inheritdoc IModelRegistry
    function recall(ModelId model, string calldata reason) external {
        _requireShort(reason);
        _requireController(_advance(model, ModelStatus.Recalled), msg.sender);
        emit ModelRecalled(model, msg.sender, reason);
    }

    /// @inheritdoc IModelRegistry
    function syncRecall(Registration calldata registration) external returns (bool marked) {
        ModelId model = registration.id();
        ModelRecord record = _recordOf(model);
        marked = _RECALLS.areRecalled(model, registration.weights, registration.tensors);
        if (marked == record.isMarked()) return marked;
        _records[model] = withMark(record, marked);
        emit RecallSynced(model, marked);
    }

    /// @inheritdoc IModelRegistry
    function modelOf(ModelId model) external view returns (Model memory result) {
        ModelRecord record = _recordOf(model);
        result.publisher = record.publisher();
        result.registeredAt = record.registeredAt();
        result.status = record.status();
        result.marked = record.isMarked();
        result.terms = _termsOf(model, record);
        result.parents = new Parent[](record.parentCount());
        for (uint256 i = 0; i < result.parents.length; ++i) {
            result.parents[i] = Parent({model: _parents[model][i], relation: uint8(record.relation(i))});
        }
    }

    /// @inheritdoc IModelRegistry
    function publisherAndStatusOf(ModelId model) external view returns (address publisher, ModelStatus status) {
        ModelRecord record = _recordOf(model);
        return (record.publisher(), record.status());
    }

    /// @inheritdoc IModelRegistry
    function recordWithParentsOf(
        ModelId model
    )
        external
        view
        returns (ModelRecord record, TermsId terms, ModelId[] memory parents, uint40 verifiedFrom, uint40 verifiedUntil)
    {
        (record, parents) = edgesOf(model);
        terms = _termsOf(model, record);
        (verifiedFrom, verifiedUntil) = _verificationOf(record.publisher());
    }

    /// @inheritdoc IModelRegistry
    function batchOf(
        address publisher,
        bytes32 root
    ) external view returns (uint40 anchoredAt, uint32 count, uint40 revokedAt) {
        Batch storage batch = _batches[publisher][root];
        return (batch.anchoredAt, batch.count, batch.revokedAt);
    }

    /// @inheritdoc IModelRegistry
    function hashRegistration(Registration calldata registration) external pure returns (ModelId) {
        return registration.id();
    }

    /// @inheritdoc IModelRegistry
    function edgesOf(ModelId model) public view returns (ModelRecord record, ModelId[] memory parents) {
        record = _records[model];
        ModelId[MAX_PARENTS] storage declared = _parents[model];
        parents = new ModelId[](record.parentCount());
        for (uint256 i = 0; i < parents.length; ++i) parents[i] = declared[i];
    }

    /// @dev The record of a model. Reverts when it is not registered.
    function _recordOf(ModelId model) internal view returns (ModelRecord record) {
        record = _records[model];
        if (!record.exists()) revert ModelRegistryUnknownModel(model);
    }

    /// @dev Reverts unless `signer` may register for `publisher` and signed in its current epoch.
    function _requireSigner(address publisher, address signer, uint32 epoch) private view {
        uint32 current = _requireAuthorized(publisher, signer, Scopes.REGISTER);
        if (epoch != current) revert ModelRegistryOtherEpoch(publisher, epoch, current);
    }

    /// @dev The batch of a publisher. Reverts when it is not anchored, or revoked.
    function _liveBatch(address publisher, bytes32 root) private view returns (Batch storage batch) {
        batch = _batches[publisher][root];
        if (batch.anchoredAt == 0) revert ModelRegistryUnknownBatch(publisher, root);
        if (batch.revokedAt != 0) revert ModelRegistryRevokedBatch(publisher, root);
    }

    /// @dev When a batch was anchored that has `model` at `index`. Reverts when it does not.
    function _provenAt(
        ModelId model,
        address publisher,
        bytes32 root,
        uint32 index,
        bytes32[] calldata proof
    ) private view returns (uint256) {
        Batch storage batch = _liveBatch(publisher, root);
        bytes32 leaf = MerkleLog.leafOf(ModelId.unwrap(model));
        if (!MerkleLog.isIncluded(root, batch.count, index, leaf, proof)) {
            revert ModelRegistryInvalidProof(model, root, index);
        }
        return batch.anchoredAt;
    }

    /// @dev Sets the flag in a model's record that says that tiers are offered.
    function _markTiered(ModelId model) internal {
        _records[model] = withTiers(_records[model]);
    }

    /// @dev `parents` and `uri` are those of `registration`; see {RegistrationHash}.
    function _register(
        ModelId model,
        Registration calldata registration,
        Parent[] calldata parents,
        string calldata uri,
        uint256 time
    ) private {
        if (registration.weights == 0) revert ModelRegistryMissingWeights();
        _requireShort(uri);
        if (_records[model].exists()) revert ModelRegistryAlreadyRegistered(model);
        if (parents.length > MAX_PARENTS) revert ModelRegistryTooManyParents(parents.length);
        uint256 relations = 0;
        ModelId[MAX_PARENTS] storage stored = _parents[model];
        for (uint256 i = 0; i < parents.length; ++i) {
            Parent calldata declared = parents[i];
            ModelId parent = declared.model;
            uint8 relation = declared.relation;
            for (uint256 j = 0; j < i; ++j) {
                if (parents[j].model == parent) revert ModelRegistryDuplicateParent(parent);
            }
            _requireUsable(parent, relation);
            relations |= relation.codeOf() << (i << 2);
            stored[i] = parent;
        }

        uint256 terms = _numberOf(registration.terms);
        if (terms >= WIDE_TERMS) {
            _wideTerms[model] = terms;
            terms = WIDE_TERMS;
        }
        _records[model] = packModelRecord(registration.publisher, time, relations, terms);

        _emitRegistered(model, registration, parents, uri);
    }

    /// @dev Split off because its many values fill the stack. A compiler that does not move variables to memory, such as
    /// the one for the instrumented contracts, would run out of slots.
    function _emitRegistered(
        ModelId model,
        Registration calldata registration,
        Parent[] calldata parents,
        string calldata uri
    ) private {
        bytes32 tensors = registration.tensors;
        emit ModelRegistered(
            model,
            registration.publisher,
            registration.weights,
            tensors,
            registration.annex,
            registration.datasets,
            registration.method,
            registration.terms,
            parents,
            uri
        );
        if (tensors != 0) emit TensorsStated(tensors, model);
        for (uint256 i = 0; i < parents.length; ++i) {
            Parent calldata parent = parents[i];
            emit ParentDeclared(parent.model, model, parent.relation);
        }
    }

    /// @dev Reverts unless `parent` is registered and not recalled, or is external and not registered, and all bits of the
    /// byte `relation` are defined.
    function _requireUsable(ModelId parent, uint8 relation) private view {
        if (relation.codeOf() == 0) revert ModelRegistryMissingRelation(parent);
        if (!relation.hasKnownRelation()) revert ModelRegistryUnknownRelation(parent, relation);
        if (!relation.hasKnownPart()) revert ModelRegistryUnknownPart(parent, relation);
        ModelRecord record = _records[parent];
        if (relation.isExternal()) {
            // The external id of a name cannot have a record, so this is the id of a model, named so to escape its terms.
            if (record.exists()) revert ModelRegistryRegisteredExternal(parent);
            return;
        }
        if (!record.exists()) revert ModelRegistryUnknownParent(parent);
        if (record.isRecalled()) revert ModelRegistryRecalledParent(parent);
    }

    /// @dev Advances `model` to status `next` and returns its publisher.
    function _advance(ModelId model, ModelStatus next) private returns (address publisher) {
        ModelRecord record = _recordOf(model);
        ModelStatus current = record.status();
        if (current >= next) revert ModelRegistryStatusOnlyAdvances(model, current, next);
        _records[model] = withStatus(record, next);
        return record.publisher();
    }

    function _termsOf(ModelId model, ModelRecord record) private view returns (TermsId) {
        uint256 number = record.termsNumber();
        return _termsAt(number == WIDE_TERMS ? _wideTerms[model] : number);
    }

    function _requireShort(string calldata text) private pure {
        if (bytes(text).length > MAX_TEXT_BYTES) revert ModelRegistryTextTooLong(bytes(text).length);
    }
}

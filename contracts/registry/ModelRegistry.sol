// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {TermsNumbers} from "../licensing/TermsNumbers.sol";
import {ModelId, TermsId} from "../types/Ids.sol";
import {MAX_PARENTS, ModelRecord, ModelStatus, packModelRecord, WIDE_TERMS, withStatus} from "../types/ModelRecord.sol";
import {Parent, Registration, RegistrationHash, Relation} from "../types/Registration.sol";
import {AccountSignature} from "../types/AccountSignature.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {PublisherAuthority} from "./PublisherAuthority.sol";

/// @dev Implements {IModelRegistry} as a part of the {Ledger}.
abstract contract ModelRegistry is IModelRegistry, PublisherAuthority, TermsNumbers, AccessManaged, EIP712 {
    using RegistrationHash for Registration;

    uint256 private constant MAX_TEXT_BYTES = 2048;

    mapping(ModelId model => ModelRecord) private _records;
    mapping(ModelId model => ModelId[MAX_PARENTS]) private _parents;
    // Only for terms whose number does not fit into the record.
    mapping(ModelId model => uint256 number) private _wideTerms;

    /// @inheritdoc IModelRegistry
    function register(Registration calldata registration) external returns (ModelId model) {
        _requireAuthorized(registration.publisher, msg.sender);
        Parent[] calldata parents = registration.parents;
        string calldata uri = registration.uri;
        model = registration.id(parents, uri);
        _register(model, registration, parents, uri);
    }

    /// @inheritdoc IModelRegistry
    function registerBySignature(
        Registration calldata registration,
        address signer,
        uint48 deadline,
        bytes calldata signature
    ) external returns (ModelId model) {
        if (block.timestamp > deadline) revert ModelRegistrySignatureExpired(deadline);
        _requireAuthorized(registration.publisher, signer);
        Parent[] calldata parents = registration.parents;
        string calldata uri = registration.uri;
        model = registration.id(parents, uri);
        bytes32 digest = _hashTypedDataV4(RegistrationHash.register(model, deadline));
        if (!AccountSignature.isValid(signer, digest, signature)) revert ModelRegistryInvalidSignature(signer);
        _register(model, registration, parents, uri);
    }

    /// @inheritdoc IModelRegistry
    function registerMany(Registration[] calldata registrations) external returns (ModelId[] memory models) {
        models = new ModelId[](registrations.length);
        for (uint256 i = 0; i < registrations.length; ++i) {
            Registration calldata registration = registrations[i];
            _requireAuthorized(registration.publisher, msg.sender);
            Parent[] calldata parents = registration.parents;
            string calldata uri = registration.uri;
            models[i] = registration.id(parents, uri);
            _register(models[i], registration, parents, uri);
        }
    }

    /// @inheritdoc IModelRegistry
    function supersede(ModelId model, ModelId successor) external {
        if (model == successor) revert ModelRegistrySelfSuccession(model);
        if (!_records[successor].exists()) revert ModelRegistryUnknownModel(successor);
        _requireAuthorized(_advance(model, ModelStatus.Superseded), msg.sender);
        emit ModelSuperseded(model, successor, msg.sender);
    }

    /// @inheritdoc IModelRegistry
    function retire(ModelId model, string calldata reason) external {
        _requireShort(reason);
        _requireAuthorized(_advance(model, ModelStatus.Retired), msg.sender);
        emit ModelRetired(model, msg.sender, reason);
    }

    /// @inheritdoc IModelRegistry
    function recall(ModelId model, string calldata reason) external {
        _requireShort(reason);
        _requireAuthorized(_advance(model, ModelStatus.Recalled), msg.sender);
        emit ModelRecalled(model, msg.sender, reason);
    }

    /// @inheritdoc IModelRegistry
    function recallByAuthority(ModelId model, string calldata reason) external restricted {
        _requireShort(reason);
        _advance(model, ModelStatus.Recalled);
        emit ModelRecalled(model, msg.sender, reason);
    }

    /// @inheritdoc IModelRegistry
    function modelOf(ModelId model) external view returns (Model memory result) {
        ModelRecord record = _recordOf(model);
        result.publisher = record.publisher();
        result.registeredAt = record.registeredAt();
        result.status = record.status();
        result.terms = _termsOf(model, record);
        result.parents = new Parent[](record.parentCount());
        for (uint256 i = 0; i < result.parents.length; ++i) {
            result.parents[i] = Parent({model: _parents[model][i], relation: record.relation(i)});
        }
    }

    /// @inheritdoc IModelRegistry
    function statusOf(ModelId model) external view returns (address publisher, ModelStatus status) {
        ModelRecord record = _recordOf(model);
        return (record.publisher(), record.status());
    }

    /// @inheritdoc IModelRegistry
    function lineageOf(
        ModelId model
    ) external view returns (ModelRecord record, TermsId terms, ModelId[] memory parents) {
        record = _records[model];
        terms = _termsOf(model, record);
        parents = new ModelId[](record.parentCount());
        for (uint256 i = 0; i < parents.length; ++i) {
            parents[i] = _parents[model][i];
        }
    }

    /// @inheritdoc IModelRegistry
    function hashRegistration(Registration calldata registration) external pure returns (ModelId) {
        return registration.id();
    }

    /// @dev The record of a model. Reverts when it is not registered.
    function _recordOf(ModelId model) internal view returns (ModelRecord record) {
        record = _records[model];
        if (!record.exists()) revert ModelRegistryUnknownModel(model);
    }

    /// @dev `parents` and `uri` are those of `registration`; see {RegistrationHash}.
    function _register(
        ModelId model,
        Registration calldata registration,
        Parent[] calldata parents,
        string calldata uri
    ) private {
        if (registration.weights == 0) revert ModelRegistryMissingWeights();
        _requireShort(uri);
        if (_records[model].exists()) revert ModelRegistryAlreadyRegistered(model);
        if (parents.length > MAX_PARENTS) revert ModelRegistryTooManyParents(parents.length);
        uint256 relations = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            relations |= uint256(parents[i].relation) << (4 * i);
            _requireParent(parents, i);
            _parents[model][i] = parents[i].model;
        }

        uint256 terms = _numberOf(registration.terms);
        if (terms >= WIDE_TERMS) {
            _wideTerms[model] = terms;
            terms = WIDE_TERMS;
        }
        _records[model] = packModelRecord(registration.publisher, block.timestamp, relations, terms);

        emit ModelRegistered(
            model,
            registration.publisher,
            registration.weights,
            registration.datasets,
            registration.method,
            registration.terms,
            parents,
            uri
        );
        for (uint256 i = 0; i < parents.length; ++i) {
            emit ParentDeclared(parents[i].model, model, parents[i].relation);
        }
    }

    function _requireParent(Parent[] calldata parents, uint256 index) private view {
        ModelId parent = parents[index].model;
        if (parents[index].relation == Relation.None) revert ModelRegistryMissingRelation(parent);
        for (uint256 i = 0; i < index; ++i) {
            if (parents[i].model == parent) revert ModelRegistryDuplicateParent(parent);
        }
        ModelRecord record = _records[parent];
        if (!record.exists()) revert ModelRegistryUnknownParent(parent);
        if (record.status() == ModelStatus.Recalled) revert ModelRegistryRecalledParent(parent);
    }

    /// @dev Moves `model` on to `next` and returns its publisher.
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

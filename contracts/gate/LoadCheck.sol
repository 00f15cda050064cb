// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Evaluation, IComplianceLens, Query, Verdict} from "../compliance/IComplianceLens.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {IRecalls} from "../registry/IRecalls.sol";
import {ModelId} from "../types/Ids.sol";
import {ModelStatus} from "../types/ModelRecord.sol";
import {Registration, RegistrationHash} from "../types/Registration.sol";
import {Rights} from "../types/Vocabulary.sol";
import {Check, ILoadCheck} from "./ILoadCheck.sol";
import {IReviewGate} from "./IReviewGate.sol";

/// @dev Implements {ILoadCheck}.
contract LoadCheck is ILoadCheck {
    using RegistrationHash for Registration;

    IModelRegistry private immutable _MODELS;
    IReviewGate private immutable _GATE;
    IComplianceLens private immutable _LENS;
    IRecalls private immutable _RECALLS;

    /// @dev `models` is usually the {Ledger}, which the others read too.
    constructor(IModelRegistry models, IReviewGate gate, IComplianceLens lens, IRecalls recalls) {
        _MODELS = models;
        _GATE = gate;
        _LENS = lens;
        _RECALLS = recalls;
    }

    /// @inheritdoc ILoadCheck
    function check(
        Registration calldata registration,
        bytes32 tensorsComputed,
        Query calldata query
    ) external view returns (Check memory result) {
        if (query.uses == 0 || query.uses & ~Rights.ALL != 0) revert LoadCheckInvalidUses(query.uses);
        ModelId model = registration.id();
        if (!(model == query.model)) revert LoadCheckOtherModel(model, query.model);

        result.recalled =
            _isRecalledByPublisher(model) || _RECALLS.areRecalled(model, registration.weights, tensorsComputed);
        uint32 certified;
        (result.cleared, result.shut, certified) = _GATE.standingOf(model, registration.weights);
        result.certified = query.uses & ~certified == 0;
        result.tensorsShut = _GATE.areTensorsShut(tensorsComputed);
        result.misstated = registration.tensors != 0 && registration.tensors != tensorsComputed;
        result.license = _licenseFor(query);

        bool open = result.cleared || result.certified;
        bool held = result.recalled || result.shut || result.tensorsShut || result.misstated;
        bool permitted = result.license == Verdict.Permitted || result.license == Verdict.Conditional;
        result.loadable = open && !held && permitted;
    }

    /// @dev Reverts when the model is not registered.
    function _isRecalledByPublisher(ModelId model) private view returns (bool) {
        try _MODELS.publisherAndStatusOf(model) returns (address, ModelStatus status) {
            return status == ModelStatus.Recalled;
        } catch {
            revert LoadCheckUnknownModel(model);
        }
    }

    function _licenseFor(Query calldata query) private view returns (Verdict) {
        Query memory question = query;
        question.time = uint40(block.timestamp);
        try _LENS.evaluate(question) returns (Evaluation memory evaluation) {
            return evaluation.verdict;
        } catch {
            return Verdict.Unknown;
        }
    }
}

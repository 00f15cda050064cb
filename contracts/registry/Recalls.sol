// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {DirectAccess} from "../governance/DirectAccess.sol";
import {externalId} from "../types/ExternalName.sol";
import {ModelId} from "../types/Ids.sol";
import {IRecalls, Recall, RecallKind, RecallState} from "./IRecalls.sol";

/// @dev Implements {IRecalls}.
contract Recalls is IRecalls, DirectAccess {
    /// @dev How long the first recall of a digest can be undone, in seconds.
    uint40 public constant UNDO_PERIOD = 7 days;

    uint256 private constant MAX_BINDINGS = 4;
    uint256 private constant MAX_TEXT_BYTES = 2048;

    // One slot each: state in byte 0, recalledAt in bytes 1-5, undoUntil in bytes 6-10, by in bytes 11-30.
    mapping(RecallKind kind => mapping(bytes32 digest => Recall)) private _recalls;
    // The first zero ends the list.
    mapping(ModelId externalModel => ModelId[MAX_BINDINGS]) private _bindings;

    /// @dev `manager` is the AccessManager that holds the roles.
    constructor(address manager) AccessManaged(manager) {}

    /// @inheritdoc IRecalls
    function recall(RecallKind kind, bytes32 digest, string calldata reason) external restricted {
        _requireShort(reason);
        if (digest == 0) revert RecallsMissingDigest();
        Recall storage made = _recalls[kind][digest];
        if (_counts(made.state)) revert RecallsAlreadyRecalled(kind, digest);
        bool again = made.state == RecallState.Undone;
        uint40 undoUntil = again ? 0 : uint40(block.timestamp) + UNDO_PERIOD;
        _recalls[kind][digest] = Recall({
            state: again ? RecallState.Final : RecallState.Recalled,
            recalledAt: uint40(block.timestamp),
            undoUntil: undoUntil,
            by: msg.sender
        });
        emit Recalled(kind, digest, msg.sender, undoUntil, reason);
    }

    /// @inheritdoc IRecalls
    function undoRecall(RecallKind kind, bytes32 digest, string calldata reason) external restricted {
        _requireShort(reason);
        Recall storage made = _recalls[kind][digest];
        if (made.state != RecallState.Recalled) revert RecallsNotUndoable(kind, digest, made.state);
        if (block.timestamp > made.undoUntil) revert RecallsUndoTimePassed(kind, digest, made.undoUntil);
        if (made.by == msg.sender) revert RecallsOwnRecall(msg.sender);
        made.state = RecallState.Undone;
        emit RecallUndone(kind, digest, msg.sender, reason);
    }

    /// @inheritdoc IRecalls
    function nameExternal(string calldata name) external returns (ModelId externalModel) {
        if (bytes(name).length == 0) revert RecallsMissingName();
        _requireShort(name);
        externalModel = externalId(name);
        emit ExternalNamed(externalModel, name);
    }

    /// @inheritdoc IRecalls
    function bindExternal(ModelId externalModel, ModelId model, bytes32 evidence) external restricted {
        _bind(externalModel, model, evidence);
    }

    /// @inheritdoc IRecalls
    function unbindExternal(ModelId externalModel, ModelId model) external restricted {
        _unbind(externalModel, model);
    }

    /// @inheritdoc IRecalls
    function ruleExternal(ModelId externalModel, ModelId model, bool bound, bytes32 evidence) external restricted {
        if (bound) _bind(externalModel, model, evidence);
        else _unbind(externalModel, model);
    }

    /// @inheritdoc IRecalls
    function isRecalled(RecallKind kind, bytes32 digest) public view returns (bool) {
        return _counts(_recalls[kind][digest].state);
    }

    /// @inheritdoc IRecalls
    function areRecalled(ModelId model, bytes32 weights, bytes32 tensors) external view returns (bool) {
        return
            isRecalled(RecallKind.Model, ModelId.unwrap(model)) ||
            isRecalled(RecallKind.Weights, weights) ||
            isRecalled(RecallKind.Tensors, tensors);
    }

    /// @inheritdoc IRecalls
    function recallOf(RecallKind kind, bytes32 digest) external view returns (Recall memory) {
        return _recalls[kind][digest];
    }

    /// @inheritdoc IRecalls
    function bindingsOf(ModelId externalModel) external view returns (ModelId[] memory models) {
        ModelId[MAX_BINDINGS] storage bound = _bindings[externalModel];
        uint256 count = _count(bound);
        models = new ModelId[](count);
        for (uint256 i = 0; i < count; ++i) models[i] = bound[i];
    }

    function _bind(ModelId externalModel, ModelId model, bytes32 evidence) private {
        if (_isZero(externalModel) || _isZero(model)) revert RecallsMissingDigest();
        ModelId[MAX_BINDINGS] storage bound = _bindings[externalModel];
        uint256 count = _count(bound);
        if (_indexOf(bound, count, model) != count) revert RecallsAlreadyBound(externalModel, model);
        if (count == MAX_BINDINGS) revert RecallsTooManyBindings(externalModel);
        bound[count] = model;
        emit ExternalBound(externalModel, model, msg.sender, evidence);
    }

    function _unbind(ModelId externalModel, ModelId model) private {
        ModelId[MAX_BINDINGS] storage bound = _bindings[externalModel];
        uint256 count = _count(bound);
        uint256 index = _indexOf(bound, count, model);
        if (index == count) revert RecallsNotBound(externalModel, model);
        bound[index] = bound[count - 1];
        bound[count - 1] = ModelId.wrap(0);
        emit ExternalUnbound(externalModel, model, msg.sender);
    }

    /// @dev The index of a model among the first `count` bindings; `count` when it is not among them.
    function _indexOf(
        ModelId[MAX_BINDINGS] storage bound,
        uint256 count,
        ModelId model
    ) private view returns (uint256 index) {
        while (index < count && !(bound[index] == model)) ++index;
    }

    function _count(ModelId[MAX_BINDINGS] storage bound) private view returns (uint256 count) {
        while (count < MAX_BINDINGS && !_isZero(bound[count])) ++count;
    }

    /// @dev Whether a recall in this state is one that holds.
    function _counts(RecallState state) private pure returns (bool) {
        return state == RecallState.Recalled || state == RecallState.Final;
    }

    function _isZero(ModelId id) private pure returns (bool) {
        return ModelId.unwrap(id) == 0;
    }

    function _requireShort(string calldata text) private pure {
        if (bytes(text).length > MAX_TEXT_BYTES) revert RecallsTextTooLong(bytes(text).length);
    }
}

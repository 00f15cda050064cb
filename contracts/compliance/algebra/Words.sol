// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialValidity} from "../../licensing/CredentialValidity.sol";
import {ModelId} from "../../types/Ids.sol";
import {HeldCredential, LineageModel} from "../IComplianceLens.sol";
import {Lanes} from "./Lanes.sol";
import {State, isOwn} from "./State.sol";

/// @dev What a model's publisher said at `time`, of which the certain lane falls away if its word does not count.
function asSaid(State memory state, LineageModel memory model, uint256 time, Lanes said) pure returns (Lanes) {
    return counts(state, model, time) ? said : said.doubted();
}

/// @dev Whether what a model's publisher says of it at `time` counts.
function counts(State memory state, LineageModel memory model, uint256 time) pure returns (bool) {
    if (isReliable(state, model, time)) return true;
    ModelId[] memory named = state.query.named;
    for (uint256 i = 0; i < named.length; ++i) {
        if (named[i] == model.model) return true;
    }
    return false;
}

/// @dev Whether what a model's publisher says at `time` counts, also of what is its own work.
function isReliable(State memory state, LineageModel memory model, uint256 time) pure returns (bool) {
    if (state.query.everybody || (model.verifiedFrom <= time && time < model.verifiedUntil)) return true;
    address publisher = model.record.publisher();
    if (isOwn(publisher, state.query.licensee)) return true;
    address[] memory trusted = state.query.trusted;
    for (uint256 i = 0; i < trusted.length; ++i) {
        if (trusted[i] == publisher) return true;
    }
    return false;
}

/// @dev Whether a parent is certainly work of its child's publisher.
function isCertainlyOwnWork(
    State memory state,
    LineageModel memory child,
    LineageModel memory parent
) pure returns (bool) {
    return
        isOwn(parent.record.publisher(), child.record.publisher()) &&
        isReliable(state, child, child.record.registeredAt()) &&
        isReliable(state, parent, parent.record.registeredAt());
}

/// @dev Whether the authority or the publisher left a model in use.
function isAlive(LineageModel memory model) pure returns (bool) {
    return !model.record.isRecalled();
}

/// @dev Whether a credential is valid at the time in question.
function isValid(State memory state, HeldCredential memory held) pure returns (bool) {
    return CredentialValidity.isValidAt(held.credential, state.query.time);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {FindingCode, LineageModel, LineageTerms, Query} from "../IComplianceLens.sol";
import {IdMap} from "../IdMap.sol";
import {LineageEdge} from "../LineageEdge.sol";
import {EvaluationWriter} from "./EvaluationWriter.sol";
import {Holding} from "./Holding.sol";
import {Lanes} from "./Lanes.sol";
import {Standing} from "./Standing.sol";
import {Worklist} from "./Worklist.sol";

using IdMap for IdMap.Map;

/// @dev A lineage, a question about it, and what is computed.
struct State {
    LineageModel[] models;
    LineageTerms[] terms;
    Query query;
    uint256[] order; // indices of models, each after all its descendants that are not in a cycle with it
    bool cyclic; // attested edges close a cycle
    bool limited; // some terms limit under which licenses a derivative may be passed on
    bool withoutCommerce; // the outputs of some terms are not for commerce
    Lanes[] termsRights; // by index of terms
    uint256[] termsDuties; // by index of terms: the duties that were read last, as lanes, and from bit 32 on the uses that raise them
    uint256[] termsOpen; // by index of terms: what thresholds touch that a fact exceeds or that lack one: rights, and from bit 16 on uses
    Standing[] standings; // by index of model
    uint256[] allowed; // by twice the index of model: see {Compatibility}; empty unless `limited`
    IdMap.Map holders; // numbers {holderKey}s
    Holding[] holdings; // by number in `holders`
    uint256[] firstLinks; // by index of model: where its children begin in `links`; only in cycles
    LineageEdge[] links; // all edges, by parent, each with its child; only in cycles
    Worklist.List waiting; // indices of models; only in cycles
    Edge edge; // the edge read last; one allocation serves all edges
    bool silent; // no explanations are written
    EvaluationWriter findings;
}

/// @dev What an edge lets through, and what it requires.
struct Edge {
    bool binding; // the child is an external parent that is bound to the parent
    Lanes derivative; // the lanes, whole, in which the child is a derivative of the parent
    bool keptFromCommerce; // the child is distilled from outputs that are not for commerce
    uint256 required; // the right required to make the child from the parent by this relation
    Lanes pass; // what the child's publisher may pass on from the parent
    Lanes grants; // what the child's publisher itself may do with the parent
    Lanes flow; // what the licensee could do with the parent through the child
    Lanes making; // what the child's publisher could do to make the child
}

/// @dev The key of a model and a holder of credentials for it in a map of holders.
function holderKey(uint256 index, address holder) pure returns (bytes32) {
    return bytes32((index << 160) | uint160(holder));
}

/// @dev What `holder` has of the model at `index` by credentials.
function holdingOf(State memory state, uint256 index, address holder) pure returns (Holding) {
    if (holder == address(0)) return Holding.wrap(0);
    (bool found, uint256 number) = state.holders.find(holderKey(index, holder));
    return found ? state.holdings[number] : Holding.wrap(0);
}

/// @dev Whether a model of `publisher` is the own work of `account`. Zero, the publisher of every external parent and the
/// licensee of a public use, owns nothing.
function isOwn(address publisher, address account) pure returns (bool) {
    return publisher == account && account != address(0);
}

/// @dev Writes down a reason.
function addFinding(
    State memory state,
    FindingCode code,
    LineageModel memory model,
    address holder,
    uint256 rights,
    uint256 obligations,
    uint64 topic
) pure {
    state.findings.add(code, model.model, holder, rights, obligations, topic);
}

/// @dev Writes down a reason that names nothing but rights.
function addFinding(State memory state, FindingCode code, LineageModel memory model, uint256 rights) pure {
    state.findings.add(code, model.model, address(0), rights, 0, 0);
}

// The indices of the next functions come from the order or from an edge, which the lens numbered, or from a loop over the
// same list, so they are in bounds. They save several bounds checks per edge.

function valueAt(uint256[] memory list, uint256 index) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := mload(add(add(list, 0x20), shl(5, index)))
    }
}

function putValue(uint256[] memory list, uint256 index, uint256 value) pure {
    assembly ("memory-safe") {
        mstore(add(add(list, 0x20), shl(5, index)), value)
    }
}

function edgeAt(LineageEdge[] memory list, uint256 index) pure returns (LineageEdge edge) {
    assembly ("memory-safe") {
        edge := mload(add(add(list, 0x20), shl(5, index)))
    }
}

function putEdge(LineageEdge[] memory list, uint256 index, LineageEdge edge) pure {
    assembly ("memory-safe") {
        mstore(add(add(list, 0x20), shl(5, index)), edge)
    }
}

/// @dev The standing of the model at `index`.
function standingAt(State memory state, uint256 index) pure returns (Standing standing) {
    Standing[] memory standings = state.standings;
    assembly ("memory-safe") {
        standing := mload(add(add(standings, 0x20), shl(5, index)))
    }
}

function putStanding(State memory state, uint256 index, Standing standing) pure {
    Standing[] memory standings = state.standings;
    assembly ("memory-safe") {
        mstore(add(add(standings, 0x20), shl(5, index)), standing)
    }
}

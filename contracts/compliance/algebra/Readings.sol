// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Duties, TermsBody, Threshold, Topics} from "../../types/Terms.sol";
import {ThresholdFlags} from "../../types/Vocabulary.sol";
import {Fact, FindingCode, HeldCredential} from "../IComplianceLens.sol";
import {Lanes, both, onlyPossible} from "./Lanes.sol";
import {State, valueAt, putValue} from "./State.sol";

/// @dev The rights that the terms at `index` give in the light of the facts.
function rightsOfTerms(State memory state, uint256 index) pure returns (Lanes) {
    return state.termsRights[index];
}

/// @dev The rights that the terms of a credential give, and confidential terms beside them.
function rightsOfCredential(State memory state, HeldCredential memory held) pure returns (Lanes) {
    return rightsOfTerms(state, held.terms) | both(held.credential.lifts);
}

/// @dev The duties that some uses raise by the terms at `index`, in the light of the facts. Keeps those of the last uses: what
/// is asked of most models of a lineage is the same.
function dutiesOfTerms(State memory state, uint256 index, uint256 uses) pure returns (Lanes raised) {
    uint256 known = valueAt(state.termsDuties, index);
    if (known >> 32 == uses) return Lanes.wrap(uint32(known));
    TermsBody memory body = state.terms[index].body;
    raised = both(Duties.raisedBy(body.duties, uses));
    for (uint256 i = 0; i < body.thresholds.length; ++i) {
        Threshold memory threshold = body.thresholds[i];
        if (threshold.uses & uses == 0) continue;
        FindingCode position = positionOf(state, threshold);
        if (position == FindingCode.FactMissing) raised = raised | onlyPossible(threshold.adds);
        else if (position != FindingCode.None) raised = raised | both(threshold.adds);
    }
    putValue(state.termsDuties, index, (uses << 32) | Lanes.unwrap(raised));
}

/// @dev Where the facts stand to a threshold, as the code of the finding that says so; none where nothing changes. The facts are
/// in order.
function positionOf(State memory state, Threshold memory threshold) pure returns (FindingCode) {
    Fact[] memory facts = state.query.facts;
    uint64 topic = Topics.topicOf(threshold);
    uint256 from = 0;
    uint256 until = facts.length;
    // There are at most MAX_LISTED, so nothing overflows.
    unchecked {
        while (from < until) {
            uint256 middle = (from + until) / 2;
            Fact memory fact = facts[middle];
            if (fact.topic == topic) {
                if (fact.value <= threshold.limit) return FindingCode.None;
                bool isDoubtful = threshold.flags & ThresholdFlags.DOUBTFUL != 0;
                return isDoubtful ? FindingCode.ThresholdDoubtful : FindingCode.ThresholdExceeded;
            }
            if (fact.topic < topic) from = middle + 1;
            else until = middle;
        }
    }
    return FindingCode.FactMissing;
}

/// @dev Reads the rights of all terms in the light of the facts.
function readAllTerms(State memory state) pure {
    uint256 count = state.terms.length;
    state.termsRights = new Lanes[](count);
    state.termsDuties = new uint256[](count);
    state.termsOpen = new uint256[](count);
    for (uint256 i = 0; i < count; ++i) {
        TermsBody memory body = state.terms[i].body;
        Lanes rights = both(body.rights) | onlyPossible(body.unstated);
        for (uint256 j = 0; j < body.thresholds.length; ++j) {
            Threshold memory threshold = body.thresholds[j];
            FindingCode position = positionOf(state, threshold);
            if (position == FindingCode.None) continue;
            state.termsOpen[i] |= threshold.withdraws | (uint256(threshold.uses) << 16);
            if (position == FindingCode.ThresholdExceeded) rights = rights.without(both(threshold.withdraws));
            else rights = rights.unsure(threshold.withdraws);
        }
        state.termsRights[i] = rights;
    }
}

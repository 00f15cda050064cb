// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ClaimAct, ClaimMachine} from "../../contracts/claims/ClaimMachine.sol";
import {ClaimState} from "../../contracts/claims/ILineageClaims.sol";

/// @dev Lemmas about the states of a claim, each for all states, acts and times.
contract ClaimProof {
    using ClaimMachine for ClaimState;

    /// @dev A closed claim never changes, whatever is tried. So a deposit is credited only once.
    function proveThatAnEndIsFinal(ClaimState state, ClaimAct act) external pure {
        if (state != ClaimState.Filed && state != ClaimState.Contested) assert(state.next(act) == ClaimState.None);
    }

    /// @dev Each act advances the claim. So no act happens twice, and none leads back to a filed claim.
    function proveThatItOnlyMovesOn(ClaimState state, ClaimAct act) external pure {
        ClaimState next = state.next(act);
        if (next == ClaimState.None) return;
        assert(next != ClaimState.Filed);
        if (next.isOpen()) assert(state == ClaimState.Filed && act == ClaimAct.Contest);
    }

    /// @dev Each open claim can end in each of the four ways, so that no deposit is locked.
    function proveThatAnOpenOneCanEnd(ClaimState state) external pure {
        if (!state.isOpen()) return;
        assert(state.next(ClaimAct.Withdraw) == ClaimState.Withdrawn);
        assert(state.next(ClaimAct.Acknowledge) == ClaimState.Acknowledged);
        assert(state.next(ClaimAct.Uphold) == ClaimState.Upheld);
        assert(state.next(ClaimAct.Reject) == ClaimState.Rejected);
    }

    /// @dev At any time, either the publisher may still contest or a ruling is possible, but never both.
    function proveThatThePublisherIsHeard(uint40 contestUntil, uint256 time) external pure {
        bool contestable = ClaimMachine.isContestable(contestUntil, time);
        assert(contestable == (time < contestUntil));
        assert(ClaimState.Filed.isHeard(contestUntil, time) != contestable);
        assert(ClaimState.Contested.isHeard(contestUntil, time));
    }
}

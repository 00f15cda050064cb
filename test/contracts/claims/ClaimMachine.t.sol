// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ClaimAct, ClaimMachine} from "../../../contracts/claims/ClaimMachine.sol";
import {ClaimState} from "../../../contracts/claims/ILineageClaims.sol";
import {Test} from "../base/Test.sol";

contract ClaimMachineTest is Test {
    /// @dev Compares every state and act with the table that the interface describes in words.
    function test_next_isTheTable() public pure {
        for (uint256 s = 0; s <= uint256(type(ClaimState).max); ++s) {
            for (uint256 a = 0; a <= uint256(type(ClaimAct).max); ++a) {
                ClaimState expected = ClaimState.None;
                bool open = s == 1 || s == 2;
                if (a == 0 && s == 1) expected = ClaimState.Contested;
                if (a == 1 && open) expected = ClaimState.Acknowledged;
                if (a == 2 && open) expected = ClaimState.Upheld;
                if (a == 3 && open) expected = ClaimState.Rejected;
                if (a == 4 && open) expected = ClaimState.Withdrawn;
                ClaimState actual = ClaimMachine.next(ClaimState(s), ClaimAct(a));
                assertEq(uint256(actual), uint256(expected), "next");
                assertEq(ClaimMachine.isOpen(ClaimState(s)), open, "open");
            }
        }
    }

    /// @dev Whatever is tried, a closed claim never changes, and an open one closes at most once.
    function testFuzz_next_endsOnce(uint8[16] memory acts) public pure {
        ClaimState state = ClaimState.Filed;
        uint256 ends = 0;
        for (uint256 i = 0; i < acts.length; ++i) {
            ClaimState next = ClaimMachine.next(state, ClaimAct(acts[i] % 5));
            if (!ClaimMachine.isOpen(state)) assertEq(uint256(next), 0, "moved after its end");
            if (next == ClaimState.None) continue;
            assertTrue(next > state, "went back");
            state = next;
            if (!ClaimMachine.isOpen(state)) ++ends;
        }
        assertTrue(ends <= 1, "ended twice");
    }

    /// @dev While a claim can be contested, its publisher has not been heard unless it contested.
    function testFuzz_isHeard_afterTheTimeOrAnAnswer(uint40 contestUntil, uint40 time) public pure {
        bool contestable = ClaimMachine.isContestable(contestUntil, time);
        assertEq(contestable, time < contestUntil, "contestable");
        assertEq(ClaimMachine.isHeard(ClaimState.Filed, contestUntil, time), !contestable, "heard by time");
        assertEq(ClaimMachine.isHeard(ClaimState.Contested, contestUntil, time), true, "heard by an answer");
    }
}

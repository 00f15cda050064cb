// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ClaimState} from "./ILineageClaims.sol";

/// @dev The acts that advance a claim.
enum ClaimAct {
    Contest,
    Acknowledge,
    Uphold,
    Reject,
    Withdraw
}

/// @dev The states of a claim, and when they change. Pure, so that it can be proved separately from the contract.
library ClaimMachine {
    /// @dev Whether a claim is still open.
    function isOpen(ClaimState state) internal pure returns (bool) {
        return state == ClaimState.Filed || state == ClaimState.Contested;
    }

    /// @dev The state that `act` leads to from `state`; none when the act is not allowed. A closed claim never changes
    /// again.
    function next(ClaimState state, ClaimAct act) internal pure returns (ClaimState) {
        if (!isOpen(state)) return ClaimState.None;
        if (act == ClaimAct.Contest) return state == ClaimState.Filed ? ClaimState.Contested : ClaimState.None;
        if (act == ClaimAct.Acknowledge) return ClaimState.Acknowledged;
        if (act == ClaimAct.Uphold) return ClaimState.Upheld;
        if (act == ClaimAct.Reject) return ClaimState.Rejected;
        return ClaimState.Withdrawn;
    }

    /// @dev Whether a claim can still be contested at `time`. Times are Unix seconds.
    function isContestable(uint40 contestUntil, uint256 time) internal pure returns (bool) {
        return time < contestUntil;
    }

    /// @dev Whether the child's publisher has been heard at `time`, which a ruling requires: it contested, or its time is
    /// over.
    function isHeard(ClaimState state, uint40 contestUntil, uint256 time) internal pure returns (bool) {
        return state == ClaimState.Contested || !isContestable(contestUntil, time);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ClaimState} from "./ILineageClaims.sol";

/// @dev What can be done with a claim that moves it on.
enum ClaimAct {
    Contest,
    Acknowledge,
    Uphold,
    Reject,
    Withdraw
}

/// @dev How a claim moves, and when. Values in and values out, so that it can be proved apart from the contract.
library ClaimMachine {
    /// @dev Whether something can still become of a claim.
    function isOpen(ClaimState state) internal pure returns (bool) {
        return state == ClaimState.Filed || state == ClaimState.Contested;
    }

    /// @dev Where `act` takes a claim that is `state`; none when it is not possible. A claim that is not open stays for ever.
    function next(ClaimState state, ClaimAct act) internal pure returns (ClaimState) {
        if (!isOpen(state)) return ClaimState.None;
        if (act == ClaimAct.Contest) return state == ClaimState.Filed ? ClaimState.Contested : ClaimState.None;
        if (act == ClaimAct.Acknowledge) return ClaimState.Acknowledged;
        if (act == ClaimAct.Uphold) return ClaimState.Upheld;
        if (act == ClaimAct.Reject) return ClaimState.Rejected;
        return ClaimState.Withdrawn;
    }

    /// @dev Whether there is time to contest at `time`. Times are Unix seconds.
    function isContestable(uint40 contestUntil, uint256 time) internal pure returns (bool) {
        return time < contestUntil;
    }

    /// @dev Whether the child's publisher has had its say at `time`: there is no ruling before.
    function isHeard(ClaimState state, uint40 contestUntil, uint256 time) internal pure returns (bool) {
        return state == ClaimState.Contested || !isContestable(contestUntil, time);
    }
}

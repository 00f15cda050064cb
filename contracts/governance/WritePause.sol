// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DirectAccess} from "./DirectAccess.sol";
import {IWritePause} from "./IWritePause.sol";

/// @dev Implements {IWritePause} for the contract that inherits it.
abstract contract WritePause is IWritePause, DirectAccess {
    /// @dev The longest pause, and the shortest time between two, in seconds.
    uint40 public constant MAX_PAUSE = 7 days;

    uint40 private _pausedUntil;

    modifier whenNotPaused() {
        _requireNotPaused();
        _;
    }

    /// @inheritdoc IWritePause
    function pauseWrites() external restricted {
        uint40 ended = _pausedUntil;
        if (ended != 0 && block.timestamp < ended + MAX_PAUSE) revert WritePauseTooSoon(ended + MAX_PAUSE);
        uint40 until = uint40(block.timestamp) + MAX_PAUSE;
        _pausedUntil = until;
        emit WritesPaused(msg.sender, until);
    }

    /// @inheritdoc IWritePause
    function resumeWrites() external restricted {
        if (block.timestamp >= _pausedUntil) revert WritePauseNotPaused();
        _pausedUntil = uint40(block.timestamp);
        emit WritesResumed(msg.sender);
    }

    /// @inheritdoc IWritePause
    function pausedUntil() external view returns (uint40) {
        return _pausedUntil;
    }

    /// @dev Reverts while new writes are paused.
    function _requireNotPaused() internal view {
        uint40 until = _pausedUntil;
        if (block.timestamp < until) revert WritePausePaused(until);
    }
}

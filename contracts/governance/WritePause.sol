// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DirectAccess} from "./DirectAccess.sol";
import {IWritePause} from "./IWritePause.sol";

/// @dev Implements {IWritePause} for the contract that inherits it.
abstract contract WritePause is IWritePause, DirectAccess {
    /// @dev The longest pause, and the shortest time between two, in seconds.
    uint40 public constant MAX_PAUSE = 7 days;

    uint40 private _pausedFrom; // bytes 0-4: when the last pause began
    uint40 private _pausedUntil; // bytes 5-9: when it ends or ended; zero when there was none
    uint40 private _pausedBefore; // bytes 10-14: seconds of all pauses before the last one

    modifier whenNotPaused() {
        _requireNotPaused();
        _;
    }

    /// @inheritdoc IWritePause
    function pauseWrites() external restricted {
        uint40 ended = _pausedUntil;
        if (ended != 0 && block.timestamp < ended + MAX_PAUSE) revert WritePauseTooSoon(ended + MAX_PAUSE);
        _pausedBefore += ended - _pausedFrom;
        _pausedFrom = uint40(block.timestamp);
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

    /// @inheritdoc IWritePause
    function pausedSeconds() public view returns (uint40) {
        uint40 until = _pausedUntil;
        uint40 ended = block.timestamp < until ? uint40(block.timestamp) : until;
        return _pausedBefore + ended - _pausedFrom;
    }

    /// @dev Reverts while new writes are paused.
    function _requireNotPaused() internal view {
        uint40 until = _pausedUntil;
        if (block.timestamp < until) revert WritePausePaused(until);
    }
}

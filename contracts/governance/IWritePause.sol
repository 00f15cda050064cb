// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @title A pause of new writes that ends by itself
 * @dev In an emergency the guardian can stop writes that add to a contract. It cannot stop reading, revoking, recalling
 * or withdrawing a deposit. A pause ends after 7 days, and the next one cannot begin until 7 days after that. So a
 * compromised guardian can block writes at most half of the time, until the administrator revokes its role.
 */
interface IWritePause {
    /// @dev New writes are paused until `until` (Unix seconds).
    error WritePausePaused(uint40 until);

    /// @dev Writes are not paused, so there is nothing to end.
    error WritePauseNotPaused();

    /// @dev The next pause cannot begin before `from` (Unix seconds).
    error WritePauseTooSoon(uint40 from);

    /// @dev Emitted when new writes are paused until `until` (Unix seconds), unless the pause is ended earlier.
    event WritesPaused(address indexed account, uint40 until);

    /// @dev Emitted when a pause is ended early.
    event WritesResumed(address indexed account);

    /// @dev Pauses new writes for 7 days.
    ///
    /// Requirements: the caller has the guardian's role; no pause began or ended within the last 7 days. Emits
    /// {WritesPaused}.
    function pauseWrites() external;

    /// @dev Ends a pause. Requirements: the caller has the guardian's role; writes are paused. Emits {WritesResumed}.
    function resumeWrites() external;

    /// @dev How long writes have been paused in total until now, in seconds. A clock that a pause must not run down adds what
    /// passed of it.
    function pausedSeconds() external view returns (uint40);

    /// @dev When the pause of new writes ends, in Unix seconds. In the past, or zero, when writes are not paused.
    function pausedUntil() external view returns (uint40);
}

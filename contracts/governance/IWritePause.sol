// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @title A pause of new writes that ends by itself
 * @dev In an emergency the guardian can stop what adds to a contract. It cannot stop reading, revoking, recalling or taking
 * a deposit back, and it cannot stop anything for good: a pause ends after 7 days, and the next one cannot begin
 * before 7 days have passed since the last one ended. So a compromised guardian stops half of the time at most, until
 * the administrator takes its role.
 */
interface IWritePause {
    /// @dev New writes are paused until `until` (Unix seconds).
    error WritePausePaused(uint40 until);

    /// @dev There is no pause to end.
    error WritePauseNotPaused();

    /// @dev The next pause cannot begin before `from` (Unix seconds).
    error WritePauseTooSoon(uint40 from);

    /// @dev Emitted when new writes are paused until `until` (Unix seconds), unless the pause is ended before.
    event WritesPaused(address indexed account, uint40 until);

    /// @dev Emitted when a pause is ended before its time.
    event WritesResumed(address indexed account);

    /// @dev Pauses new writes for 7 days.
    ///
    /// Requirements: the caller has the guardian's role; no pause has begun or ended within the last 7 days.
    /// Emits {WritesPaused}.
    function pauseWrites() external;

    /// @dev Ends a pause. Requirements: the caller has the guardian's role; writes are paused. Emits {WritesResumed}.
    function resumeWrites() external;

    /// @dev Until when new writes are paused, in Unix seconds; in the past, or zero, when they are not.
    function pausedUntil() external view returns (uint40);
}

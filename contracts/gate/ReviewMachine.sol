// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Conditions, Review, ReviewState} from "./IReviewGate.sol";

/// @dev The first reason why a review cannot be decided.
enum Obstacle {
    None,
    State,
    Clock,
    Failure, // to clear: somebody failed it; to quarantine or freeze again: less than a quorum did
    Quorum,
    Claims
}

/// @dev The clock and the states of a review. Pure, so that `npm run prove` can prove it separately from the contract.
/// Times are Unix seconds.
library ReviewMachine {
    uint40 internal constant MIN_PERIOD = 24 hours;
    uint40 internal constant MAX_PERIOD = 365 days;
    uint40 internal constant MAX_MARGIN = 30 days;
    uint48 internal constant MAX_BLOCKS = 3_000_000;
    uint8 internal constant MAX_QUORUM = 16;

    /// @dev Returns the review of a subject that proved to be a model with these weights. An artefact's review under the
    /// model's id is void.
    function asModel(Review memory review, bytes32 weights) internal pure returns (Review memory) {
        if (review.ofModel) return review;
        return Review(weights, 0, 0, 0, 0, 0, ReviewState.None, true, address(0));
    }

    /// @dev Starts the clock, which runs for `length` seconds. `paused` are the seconds of all pauses so far. The caller
    /// checks that the state is {ReviewState.None}.
    function start(
        Review memory review,
        uint40 time,
        uint40 length,
        uint40 paused,
        uint48 readyBlock,
        uint8 quorum
    ) internal pure returns (Review memory) {
        review.requestedAt = time;
        review.readyAt = time + length;
        review.pausedBefore = paused;
        review.readyBlock = readyBlock;
        review.quorum = quorum;
        review.state = ReviewState.Frozen;
        return review;
    }

    /// @dev Adds to the clock what passed of pauses since the request, during which no scan can pass. `paused` are the seconds
    /// of all pauses so far.
    function extended(Review memory review, uint40 paused) internal pure returns (Review memory) {
        if (review.requestedAt != 0) review.readyAt += paused - review.pausedBefore;
        return review;
    }

    /// @dev Whether the clock is still running.
    function isRunning(Review memory review, uint256 time, uint256 blockNumber) internal pure returns (bool) {
        return time < review.readyAt || blockNumber < review.readyBlock;
    }

    /// @dev The obstacle to clearing a review. One failed scan holds it.
    function toClear(Review memory review, Conditions memory conditions) internal pure returns (Obstacle) {
        if (review.state != ReviewState.Frozen) return Obstacle.State;
        if (conditions.clockRunning) return Obstacle.Clock;
        if (conditions.failed != 0) return Obstacle.Failure;
        if (conditions.passed < conditions.quorum) return Obstacle.Quorum;
        return conditions.acceptedClaims == 0 ? Obstacle.None : Obstacle.Claims;
    }

    /// @dev The obstacle to ending a review in quarantine. `failing` means that a quorum failed the weights.
    function toQuarantine(Review memory review, bool clockRunning, bool failing) internal pure returns (Obstacle) {
        if (review.state != ReviewState.Frozen) return Obstacle.State;
        if (clockRunning) return Obstacle.Clock;
        return failing ? Obstacle.None : Obstacle.Failure;
    }

    /// @dev The obstacle to freezing a cleared review again. `failing` means that a quorum failed the weights.
    function toFreeze(Review memory review, bool failing) internal pure returns (Obstacle) {
        if (review.state != ReviewState.Cleared) return Obstacle.State;
        return failing ? Obstacle.None : Obstacle.Failure;
    }

    /// @dev Whether an artefact is open. `certified` means that it has a valid certification.
    function isOpen(Review memory review, bool certified) internal pure returns (bool) {
        if (review.state == ReviewState.Quarantined || review.ofModel) return false;
        return certified || review.state == ReviewState.Cleared;
    }
}

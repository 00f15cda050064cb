// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Conditions, Review, ReviewState} from "../../contracts/gate/IReviewGate.sol";
import {Obstacle, ReviewMachine} from "../../contracts/gate/ReviewMachine.sol";

/**
 * @dev Proves {ReviewMachine} by induction over all that may happen to a review: {_holds} holds of a subject that nobody knows, every
 * step keeps it, and from it follows what the gate promises. Each function is one lemma, for all values of its parameters.
 */
contract ReviewProof {
    using ReviewMachine for Review;

    /// @dev The context of a review: the current time and block, those of its request, and the chain's margin.
    struct Now {
        uint40 time;
        uint48 number;
        uint48 requestedIn;
        uint40 margin;
        uint48 minBlocks;
    }

    function proveThatItHoldsAtFirst(Now memory here) external pure {
        Review memory review;
        assert(_holds(review, here));
    }

    function proveThatTimeKeepsIt(Review memory review, Now memory here, uint40 time, uint48 number) external pure {
        require(_holds(review, here));
        require(time >= here.time && number >= here.number);
        here.time = time;
        here.number = number;
        assert(_holds(review, here));
    }

    function proveThatARequestKeepsIt(
        Review memory review,
        Now memory here,
        uint40 period,
        uint40 paused,
        uint8 quorum
    ) external pure {
        require(_holds(review, here));
        require(review.state == ReviewState.None);
        require(period >= ReviewMachine.MIN_PERIOD && period <= ReviewMachine.MAX_PERIOD && quorum != 0);
        require(here.margin <= ReviewMachine.MAX_MARGIN && here.time > 0 && here.time < 1e12);
        require(here.number < 1e12 && here.minBlocks <= ReviewMachine.MAX_BLOCKS);
        here.requestedIn = here.number;
        review = review.start(here.time, period + here.margin, paused, here.number + here.minBlocks, quorum);
        assert(_holds(review, here));
        assert(review.requestedAt == here.time && review.state == ReviewState.Frozen);
    }

    function proveThatARegistrationKeepsIt(Review memory review, Now memory here, bytes32 weights) external pure {
        require(_holds(review, here));
        bool ofModel = review.ofModel;
        ReviewState state = review.state;
        uint40 readyAt = review.readyAt;
        review = review.asModel(weights);
        assert(_holds(review, here));
        assert(review.ofModel);
        if (ofModel) assert(review.state == state && review.readyAt == readyAt);
    }

    function proveThatAClearingKeepsIt(
        Review memory review,
        Now memory here,
        Conditions memory conditions
    ) external pure {
        require(_holds(review, here));
        require(review.requestedAt != 0);
        conditions.clockRunning = review.isRunning(here.time, here.number);
        if (review.toClear(conditions) != Obstacle.None) return;
        assert(review.state == ReviewState.Frozen);
        assert(conditions.passed >= conditions.quorum);
        assert(conditions.failed == 0 && conditions.acceptedClaims == 0);
        review.state = ReviewState.Cleared;
        assert(_holds(review, here));
    }

    function proveThatAQuarantineKeepsIt(Review memory review, Now memory here, bool failing) external pure {
        require(_holds(review, here));
        require(review.requestedAt != 0);
        bool running = review.isRunning(here.time, here.number);
        if (review.toQuarantine(running, failing) != Obstacle.None) return;
        assert(review.state == ReviewState.Frozen && failing);
        assert(here.time >= uint256(review.requestedAt) + 24 hours + here.margin);
        review.state = ReviewState.Quarantined;
        assert(_holds(review, here));
    }

    function proveThatFreezingAgainKeepsIt(Review memory review, Now memory here, bool failing) external pure {
        require(_holds(review, here));
        require(review.requestedAt != 0);
        if (review.toFreeze(failing) != Obstacle.None) return;
        assert(review.state == ReviewState.Cleared && failing);
        review.state = ReviewState.Frozen;
        assert(_holds(review, here));
        assert(!review.isOpen(false));
    }

    /// @dev A pause only moves the clock to later.
    function proveThatAPauseOnlyAdds(Review memory review, uint40 paused) external pure {
        require(paused >= review.pausedBefore && paused < 1e12 && review.readyAt < 1e12);
        uint40 readyAt = review.readyAt;
        assert(review.extended(paused).readyAt >= readyAt);
    }

    /// @dev Nothing is cleared before a day, the margin and the blocks have passed since its request, and no artefact opens
    /// before unless it is certified.
    function proveThatNothingOpensEarly(Review memory review, Now memory here, bool isCertified) external pure {
        require(_holds(review, here));
        bool open = !isCertified && review.isOpen(isCertified);
        if (review.state != ReviewState.Cleared && !open) return;
        assert(review.requestedAt != 0);
        assert(here.time >= uint256(review.requestedAt) + 24 hours + here.margin);
        assert(here.number >= uint256(here.requestedIn) + here.minBlocks);
    }

    /// @dev A quarantined subject is shut, whatever is certified, and is neither cleared nor quarantined.
    function proveThatShutIsFinal(Review memory review, bool isCertified, Conditions memory conditions) external pure {
        require(review.state == ReviewState.Quarantined);
        assert(!review.isOpen(isCertified));
        assert(review.toClear(conditions) == Obstacle.State);
        assert(review.toQuarantine(conditions.clockRunning, conditions.failed != 0) == Obstacle.State);
    }

    /// @dev What holds for every review at every time.
    function _holds(Review memory review, Now memory here) private pure returns (bool) {
        if (review.requestedAt == 0) {
            return review.state != ReviewState.Frozen && review.state != ReviewState.Cleared;
        }
        if (review.state == ReviewState.None) return false;
        if (review.readyAt < uint256(review.requestedAt) + 24 hours + here.margin) return false;
        if (review.readyBlock < uint256(here.requestedIn) + here.minBlocks) return false;
        if (review.state != ReviewState.Cleared) return true;
        return here.time >= review.readyAt && here.number >= review.readyBlock;
    }
}

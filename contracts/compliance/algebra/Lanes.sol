// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Rights} from "../../types/Vocabulary.sol";

/**
 * @dev Two masks in one number, so that one operation serves both: the lower 16 bits hold what is certain, the next 16 what
 * nothing known rules out. A certain bit is a possible one too. All higher bits are zero.
 */
type Lanes is uint256;

using {
    meet as &,
    join as |,
    equals as ==,
    differs as !=,
    without,
    beyond,
    unsure,
    doubted,
    sure,
    possible
} for Lanes global;

/// @dev Bits of a lane.
uint256 constant LANE = 16;

/// @dev Multiplying a mask by this puts it into both lanes.
uint256 constant BOTH = (1 << LANE) | 1;

/// @dev Neither lane holds anything.
Lanes constant NOTHING = Lanes.wrap(0);

/// @dev Both lanes hold every right.
Lanes constant EVERYTHING = Lanes.wrap(uint256(Rights.ALL) * BOTH);

/// @dev A mask in both lanes.
function both(uint256 mask) pure returns (Lanes) {
    return Lanes.wrap(mask | (mask << LANE));
}

/// @dev A mask in the lane of what is possible alone.
function onlyPossible(uint256 mask) pure returns (Lanes) {
    return Lanes.wrap(mask << LANE);
}

/// @dev The mask of what is certain.
function sure(Lanes lanes) pure returns (uint256) {
    return uint16(Lanes.unwrap(lanes));
}

/// @dev The mask of what is possible.
function possible(Lanes lanes) pure returns (uint256) {
    return Lanes.unwrap(lanes) >> LANE;
}

/// @dev What both hold.
function meet(Lanes one, Lanes other) pure returns (Lanes) {
    return Lanes.wrap(Lanes.unwrap(one) & Lanes.unwrap(other));
}

/// @dev What either holds.
function join(Lanes one, Lanes other) pure returns (Lanes) {
    return Lanes.wrap(Lanes.unwrap(one) | Lanes.unwrap(other));
}

/// @dev What is left of the first where the second holds nothing.
function without(Lanes lanes, Lanes taken) pure returns (Lanes) {
    return Lanes.wrap(Lanes.unwrap(lanes) & ~Lanes.unwrap(taken));
}

/// @dev What the first holds beyond the second: certain where the second cannot hold it, and possible where it does not certainly.
function beyond(Lanes lanes, Lanes known) pure returns (Lanes) {
    uint256 certain = lanes.sure() & ~known.possible();
    return Lanes.wrap(certain | ((lanes.possible() & ~known.sure()) << LANE));
}

/// @dev What is left where a mask is uncertain: it stays possible.
function unsure(Lanes lanes, uint256 mask) pure returns (Lanes) {
    return Lanes.wrap(Lanes.unwrap(lanes) & ~mask);
}

/// @dev What is left where nothing is certain.
function doubted(Lanes lanes) pure returns (Lanes) {
    return Lanes.wrap((Lanes.unwrap(lanes) >> LANE) << LANE);
}

function equals(Lanes one, Lanes other) pure returns (bool) {
    return Lanes.unwrap(one) == Lanes.unwrap(other);
}

function differs(Lanes one, Lanes other) pure returns (bool) {
    return Lanes.unwrap(one) != Lanes.unwrap(other);
}

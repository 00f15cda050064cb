// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Lanes} from "./Lanes.sol";

/**
 * @dev Everything an evaluation computes about one model of a lineage but the families of licenses, in one word. It starts at zero:
 * no rights, nothing wanted and nothing asked.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-31 | rights: what the licensee may do with the model |
 * | 32-63 | ceiling: the most that the model's publisher could permit the licensee |
 * | 64-95 | own: what the licensee has from the model itself, without regard to ancestors |
 * | 96-111 | wanted: rights that the licensee needs from the model and may lack |
 * | 112-127 | wanted ceiling: rights that the model's publisher needs from its ancestors, and may lack |
 * | 128-143 | asked: what the uses in question are at this model |
 * | 144-159 | owed: the part of it that the model's own terms are asked for, by the question or by a child that is not certainly its
 * publisher's own work |
 *
 * Packed, because the price of memory grows with its square.
 */
type Standing is uint256;

using {
    rights,
    ceiling,
    own,
    wanted,
    wantedCeiling,
    asked,
    owed,
    withRights,
    withOwn,
    withWanted,
    withAsked
} for Standing global;

function rights(Standing standing) pure returns (Lanes) {
    return Lanes.wrap(uint32(Standing.unwrap(standing)));
}

function ceiling(Standing standing) pure returns (Lanes) {
    return Lanes.wrap(uint32(Standing.unwrap(standing) >> 32));
}

function own(Standing standing) pure returns (Lanes) {
    return Lanes.wrap(uint32(Standing.unwrap(standing) >> 64));
}

function wanted(Standing standing) pure returns (uint256) {
    return uint16(Standing.unwrap(standing) >> 96);
}

function wantedCeiling(Standing standing) pure returns (uint256) {
    return uint16(Standing.unwrap(standing) >> 112);
}

function asked(Standing standing) pure returns (uint256) {
    return uint16(Standing.unwrap(standing) >> 128);
}

function owed(Standing standing) pure returns (uint256) {
    return Standing.unwrap(standing) >> 144;
}

/// @dev Returns the standing with other rights and another ceiling.
function withRights(Standing standing, Lanes rights_, Lanes ceiling_) pure returns (Standing) {
    uint256 left = (Standing.unwrap(standing) >> 64) << 64;
    return Standing.wrap(left | (Lanes.unwrap(ceiling_) << 32) | Lanes.unwrap(rights_));
}

/// @dev Returns the standing with `own_`. The field must be zero before.
function withOwn(Standing standing, Lanes own_) pure returns (Standing) {
    return Standing.wrap(Standing.unwrap(standing) | (Lanes.unwrap(own_) << 64));
}

/// @dev Returns the standing with more rights wanted.
function withWanted(Standing standing, uint256 wanted_, uint256 wantedCeiling_) pure returns (Standing) {
    return Standing.wrap(Standing.unwrap(standing) | (wanted_ << 96) | (wantedCeiling_ << 112));
}

/// @dev Returns the standing with more uses asked and owed.
function withAsked(Standing standing, uint256 asked_, uint256 owed_) pure returns (Standing) {
    return Standing.wrap(Standing.unwrap(standing) | (asked_ << 128) | (owed_ << 144));
}

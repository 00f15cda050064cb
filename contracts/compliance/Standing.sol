// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @dev Everything an evaluation computes about one model of a lineage, in one word. It starts at zero: no rights, and
 * nothing wanted.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-63 | rights: what the licensee may do with the model, as lanes |
 * | 64-127 | ceiling: the most that the model's publisher could permit the licensee, as lanes |
 * | 128-191 | own: what the licensee has from the model itself, without regard to ancestors, as lanes |
 * | 192-222 | wanted: rights that the licensee needs from the model and may lack |
 * | 223 | heir: made, directly, through works of the same publisher or bound external parents, from a share-alike model of another |
 * | 224-254 | wanted ceiling: rights that the model's publisher needs from its ancestors, and may lack |
 * | 255 | bound: the model's own terms bind somebody, because it is the first model or has a child of another publisher |
 *
 * Packed, because the price of memory grows with its square. A rights mask needs far fewer than 31 bits.
 */
type Standing is uint256;

using {
    rights,
    ceiling,
    own,
    wanted,
    wantedCeiling,
    isHeir,
    isBound,
    withRights,
    withOwn,
    withWanted,
    asHeir,
    asBound
} for Standing global;

/// @dev Marks an heir.
uint256 constant HEIR_FLAG = 1 << 223;
/// @dev Marks a model whose own terms bind somebody.
uint256 constant BOUND_FLAG = 1 << 255;
/// @dev Mask of the wanted rights, after the shift.
uint256 constant WANTED_MASK = type(uint256).max >> 225;

function rights(Standing standing) pure returns (uint256) {
    return uint64(Standing.unwrap(standing));
}

function ceiling(Standing standing) pure returns (uint256) {
    return uint64(Standing.unwrap(standing) >> 64);
}

function own(Standing standing) pure returns (uint256) {
    return uint64(Standing.unwrap(standing) >> 128);
}

function wanted(Standing standing) pure returns (uint256) {
    return (Standing.unwrap(standing) >> 192) & WANTED_MASK;
}

function wantedCeiling(Standing standing) pure returns (uint256) {
    return (Standing.unwrap(standing) >> 224) & WANTED_MASK;
}

function isHeir(Standing standing) pure returns (bool) {
    return Standing.unwrap(standing) & HEIR_FLAG != 0;
}

function isBound(Standing standing) pure returns (bool) {
    return Standing.unwrap(standing) & BOUND_FLAG != 0;
}

/// @dev Returns the standing with other rights and another ceiling.
function withRights(Standing standing, uint256 rights_, uint256 ceiling_) pure returns (Standing) {
    return Standing.wrap(((Standing.unwrap(standing) >> 128) << 128) | (ceiling_ << 64) | rights_);
}

/// @dev Returns the standing with `own_`. The field must be zero before.
function withOwn(Standing standing, uint256 own_) pure returns (Standing) {
    return Standing.wrap(Standing.unwrap(standing) | (own_ << 128));
}

/// @dev Returns the standing with more rights wanted.
function withWanted(Standing standing, uint256 wanted_, uint256 wantedCeiling_) pure returns (Standing) {
    return Standing.wrap(Standing.unwrap(standing) | (wanted_ << 192) | (wantedCeiling_ << 224));
}

function asHeir(Standing standing) pure returns (Standing) {
    return Standing.wrap(Standing.unwrap(standing) | HEIR_FLAG);
}

function asBound(Standing standing) pure returns (Standing) {
    return Standing.wrap(Standing.unwrap(standing) | BOUND_FLAG);
}

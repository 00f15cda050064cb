// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Lanes} from "./Lanes.sol";

/**
 * @dev What one holder has of one model by its valid credentials, in one word, and where these credentials are in the model's
 * list. Zero when it holds none.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-31 | passed: the rights that the holder may pass on |
 * | 32-63 | granted: the rights that the holder has itself |
 * | 64-95 | position of the holder's first credential, valid or not |
 * | 96-127 | position after its last one |
 */
type Holding is uint256;

using {passed, granted, first, end, extended, withRights} for Holding global;

function passed(Holding holding) pure returns (Lanes) {
    return Lanes.wrap(uint32(Holding.unwrap(holding)));
}

function granted(Holding holding) pure returns (Lanes) {
    return Lanes.wrap(uint32(Holding.unwrap(holding) >> 32));
}

function first(Holding holding) pure returns (uint256) {
    return uint32(Holding.unwrap(holding) >> 64);
}

function end(Holding holding) pure returns (uint256) {
    return Holding.unwrap(holding) >> 96;
}

/// @dev Returns the holding with the credential at `position`, which is after those that it has.
function extended(Holding holding, uint256 position) pure returns (Holding) {
    uint256 start = holding.end() == 0 ? position : holding.first();
    return Holding.wrap(uint64(Holding.unwrap(holding)) | (start << 64) | ((position + 1) << 96));
}

/// @dev Returns the holding with more rights.
function withRights(Holding holding, Lanes passed_, Lanes granted_) pure returns (Holding) {
    return Holding.wrap(Holding.unwrap(holding) | Lanes.unwrap(passed_) | (Lanes.unwrap(granted_) << 32));
}

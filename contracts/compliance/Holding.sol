// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @dev What one holder has of one model by its valid credentials, in one word, and where these credentials are in the model's
 * list. Zero when it holds none.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-63 | passed: the rights that the holder may pass on, as lanes |
 * | 64-127 | granted: the rights that the holder has itself, as lanes |
 * | 128-191 | duties: the obligations that the terms of the credentials require, as lanes |
 * | 192-223 | position of the holder's first credential, valid or not |
 * | 224-255 | position after its last one |
 */
type Holding is uint256;

using {passed, granted, duties, first, end, extended, withLanes} for Holding global;

function passed(Holding holding) pure returns (uint256) {
    return uint64(Holding.unwrap(holding));
}

function granted(Holding holding) pure returns (uint256) {
    return uint64(Holding.unwrap(holding) >> 64);
}

function duties(Holding holding) pure returns (uint256) {
    return uint64(Holding.unwrap(holding) >> 128);
}

function first(Holding holding) pure returns (uint256) {
    return uint32(Holding.unwrap(holding) >> 192);
}

function end(Holding holding) pure returns (uint256) {
    return Holding.unwrap(holding) >> 224;
}

/// @dev Returns the holding with the credential at `position`, which is after those that it has.
function extended(Holding holding, uint256 position) pure returns (Holding) {
    uint256 start = holding.end() == 0 ? position : holding.first();
    return Holding.wrap(uint192(Holding.unwrap(holding)) | (start << 192) | ((position + 1) << 224));
}

/// @dev Returns the holding with more rights and duties, as lanes.
function withLanes(Holding holding, uint256 passed_, uint256 granted_, uint256 duties_) pure returns (Holding) {
    return Holding.wrap(Holding.unwrap(holding) | passed_ | (granted_ << 64) | (duties_ << 128));
}

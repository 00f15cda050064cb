// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @dev Memory that holds the answer of the last of many small calls. Without it, a view that makes thousands of calls
 * would allocate memory for every answer, whose price grows with the square of its size. Only for contracts whose answers
 * are known to be well formed. An answer that does not fit reverts.
 */
type CallBuffer is uint256;

using {read, word} for CallBuffer global;

/// @dev The size of a buffer in words.
uint256 constant BUFFER_WORDS = 192;

/// @dev The answer has `bytes_` bytes, which do not fit into the buffer.
error CallBufferTooSmall(uint256 bytes_);

/// @dev Allocates a buffer.
function createCallBuffer() pure returns (CallBuffer) {
    uint256[] memory allocated = new uint256[](BUFFER_WORDS);
    uint256 pointer;
    assembly ("memory-safe") {
        pointer := add(allocated, 0x20)
    }
    return CallBuffer.wrap(pointer);
}

/// @dev Calls `target` with one argument and reads the answer. Forwards a revert.
function read(CallBuffer buffer, address target, bytes4 selector, bytes32 argument) view {
    uint256 size = BUFFER_WORDS * 32;
    bool success;
    uint256 length;
    // Input and output stay within the allocated buffer.
    assembly ("memory-safe") {
        mstore(buffer, selector)
        mstore(add(buffer, 4), argument)
        success := staticcall(gas(), target, buffer, 36, buffer, size)
        length := returndatasize()
        if iszero(success) {
            let free := mload(0x40)
            returndatacopy(free, 0, length)
            revert(free, length)
        }
    }
    if (length > size) revert CallBufferTooSmall(length);
}

/// @dev The word at `index` in the last answer.
function word(CallBuffer buffer, uint256 index) pure returns (bytes32 value) {
    assembly ("memory-safe") {
        value := mload(add(buffer, shl(5, index)))
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @dev A piece of memory into which the answers of many small calls are read, each over the last. A view that asks thousands of
 * times would else allocate, and pay for by its square, the memory of every answer. For calls to contracts whose answers are
 * known to be well formed; an answer that does not fit reverts.
 */
type CallBuffer is uint256;

using {read, word} for CallBuffer global;

/// @dev The words that a buffer holds.
uint256 constant BUFFER_WORDS = 192;

/// @dev The answer of a contract does not fit into the buffer.
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

/// @dev Calls `target` with one argument and reads the answer. Hands a revert on.
function read(CallBuffer buffer, address target, bytes4 selector, bytes32 argument) view {
    uint256 size = BUFFER_WORDS * 32;
    bool success;
    uint256 length;
    // Input and output lie within the buffer, which was allocated.
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

/// @dev Word number `index` of the last answer.
function word(CallBuffer buffer, uint256 index) pure returns (bytes32 value) {
    assembly ("memory-safe") {
        value := mload(add(buffer, shl(5, index)))
    }
}

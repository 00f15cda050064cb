// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {BUFFER_WORDS, CallBuffer, createCallBuffer} from "../../../contracts/compliance/CallBuffer.sol";

/// @dev The functions of {CallBuffer} from outside.
contract CallBufferHarness {
    uint256 public constant WORDS = BUFFER_WORDS;

    error Overwritten();

    /// @dev Reads the answers of `target` to each of `arguments_` into one buffer, and returns some words of the
    /// last. Reverts if the memory on either side of the buffer changed.
    function readAll(
        address target,
        bytes4 selector,
        bytes32[] calldata arguments_,
        uint256[] calldata words
    ) external view returns (bytes32[] memory values) {
        uint256[2] memory below = [uint256(1), 2];
        CallBuffer buffer = createCallBuffer();
        uint256[2] memory above = [uint256(3), 4];
        for (uint256 i = 0; i < arguments_.length; ++i) buffer.read(target, selector, arguments_[i]);
        if (below[0] != 1 || below[1] != 2 || above[0] != 3 || above[1] != 4) revert Overwritten();
        values = new bytes32[](words.length);
        for (uint256 i = 0; i < words.length; ++i) values[i] = buffer.word(words[i]);
    }
}

/// @dev Returns answers of any requested length.
contract LongAnswers {
    error NoAnswer(uint256 length);

    /// @dev Returns `length` bytes: words that count up from `length`.
    function answer(uint256 length) external pure {
        uint256 words = (length + 31) / 32;
        uint256[] memory counted = new uint256[](words);
        for (uint256 i = 0; i < words; ++i) counted[i] = length + i;
        assembly {
            return(add(counted, 0x20), length)
        }
    }

    /// @dev Returns the number of bytes of its calldata.
    function called(bytes32) external pure returns (uint256) {
        return msg.data.length;
    }

    /// @dev Reverts.
    function refuse(uint256 length) external pure {
        revert NoAnswer(length);
    }
}

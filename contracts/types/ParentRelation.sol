// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Relation} from "./Registration.sol";

/// @dev What of a parent was used. The order is part of every id: never change it.
enum Part {
    Whole,
    Text, // the language model of a multimodal parent
    Encoder, // its vision or audio encoder
    Embeddings, // its tokenizer and embeddings
    Experts, // some of its experts
    DraftHead, // its head for speculative decoding
    Other
}

/**
 * @dev Reads the byte {Parent-relation}.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-3 | {Relation}, not none |
 * | 4-6 | {Part} |
 * | 7 | external: the parent is named by the id of an external name (see `externalId`), because nobody registered it |
 */
library ParentRelation {
    uint8 private constant _RELATION = 0xF;
    uint8 private constant _PART = 0x70;
    uint8 private constant _EXTERNAL = 0x80;

    /// @dev The number of the relation; it may be none, or one that is not defined.
    function codeOf(uint8 packed) internal pure returns (uint256) {
        return packed & _RELATION;
    }

    /// @dev Whether the number of the relation is defined. Zero is: it means none.
    function hasKnownRelation(uint8 packed) internal pure returns (bool) {
        return packed & _RELATION <= uint8(type(Relation).max);
    }

    /// @dev Whether the number of the part is defined.
    function hasKnownPart(uint8 packed) internal pure returns (bool) {
        return packed & _PART <= uint8(type(Part).max) << 4;
    }

    /// @dev Whether the parent is stated to be registered by nobody.
    function isExternal(uint8 packed) internal pure returns (bool) {
        return packed & _EXTERNAL != 0;
    }
}

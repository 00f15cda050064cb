// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @dev Numbers 32-byte ids in the order of their arrival, in memory, so that a view can walk a graph whose paths meet
 * again. Uses open addressing over a table that is at most half full. The table packs eight slots into a word, because the
 * price of memory grows with its square.
 *
 * Ids are hashes, but a registrant chooses what is hashed, and can try uris until many ids share their low bits. So an id's
 * place comes from its hash with a salt from the current block, which nobody knows at the registration. Numbers do not
 * depend on the salt.
 */
library IdMap {
    struct Map {
        uint256[] table; // 32 bits per slot: the id's number + 1, zero when free; the number of slots is a power of two
        bytes32[] ids; // by number; entries from `count` on are not set
        uint256 count;
        bytes32 salt;
    }

    uint256 private constant FIRST_IDS = 32;

    function create() internal view returns (Map memory map) {
        map.table = new uint256[]((2 * FIRST_IDS) / 8);
        map.ids = new bytes32[](FIRST_IDS);
        map.salt = keccak256(abi.encode(blockhash(block.number - 1), block.prevrandao, block.timestamp));
    }

    /// @dev The number of `id`, if it has one.
    function find(Map memory map, bytes32 id) internal pure returns (bool found, uint256 number) {
        if (map.count == 0) return (false, 0);
        (, uint256 content) = _find(map, id);
        return content == 0 ? (false, 0) : (true, content - 1);
    }

    /// @dev The number of `id`. A new id gets the next number.
    function numberOf(Map memory map, bytes32 id) internal pure returns (uint256 number, bool isNew) {
        (uint256 place, uint256 found) = _find(map, id);
        if (found != 0) return (found - 1, false);
        if (map.count == map.ids.length) {
            _grow(map);
            (place, ) = _find(map, id);
        }
        number = map.count;
        bytes32[] memory ids = map.ids;
        // There is room for it in both.
        unchecked {
            uint256 counted = number + 1;
            map.count = counted;
            _put(map.table, place, counted);
            assembly ("memory-safe") {
                mstore(add(ids, shl(5, counted)), id)
            }
        }
        return (number, true);
    }

    /// @dev The slot of `id`, or the free slot where it belongs, and its content.
    function _find(Map memory map, bytes32 id) private pure returns (uint256 place, uint256 found) {
        uint256[] memory table = map.table;
        bytes32[] memory ids = map.ids;
        bytes32 salt = map.salt;
        // `place` is below eight times the table's length, and `found` is at most the number of ids. A free slot ends the
        // search.
        assembly ("memory-safe") {
            let mask := sub(shl(3, mload(table)), 1)
            mstore(0x00, salt)
            mstore(0x20, id)
            for {
                place := and(keccak256(0x00, 0x40), mask)
            } 1 {
                place := and(add(place, 1), mask)
            } {
                let word := mload(add(add(table, 0x20), shl(5, shr(3, place))))
                found := and(shr(shl(5, and(place, 7)), word), 0xffffffff)
                if iszero(found) {
                    break
                }
                if eq(mload(add(ids, shl(5, found))), id) {
                    break
                }
            }
        }
    }

    /// @dev Fills a free slot.
    function _put(uint256[] memory table, uint256 place, uint256 value) private pure {
        assembly ("memory-safe") {
            let word := add(add(table, 0x20), shl(5, shr(3, place)))
            mstore(word, or(mload(word), shl(shl(5, and(place, 7)), value)))
        }
    }

    function _grow(Map memory map) private pure {
        bytes32[] memory before = map.ids;
        bytes32[] memory ids = new bytes32[](2 * before.length);
        uint256[] memory table = new uint256[](2 * map.table.length);
        assembly ("memory-safe") {
            mcopy(add(ids, 0x20), add(before, 0x20), shl(5, mload(before)))
        }
        map.ids = ids;
        map.table = table;
        uint256 count = map.count;
        for (uint256 i = 0; i < count; ++i) {
            (uint256 place, ) = _find(map, before[i]);
            _put(table, place, i + 1);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev The part of the cheatcodes that our tests use.
interface Vm {
    function addr(uint256 key) external pure returns (address);

    function assume(bool condition) external pure;

    function chainId(uint256 id) external;

    function deal(address account, uint256 balance) external;

    function expectRevert(bytes calldata reason) external;

    function getCode(string calldata artifact) external view returns (bytes memory);

    function prank(address sender) external;

    function roll(uint256 number) external;

    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function warp(uint256 timestamp) external;
}

/// @dev The base of our tests, for any runner that has the cheatcodes.
abstract contract Test {
    /// @dev What an invariant test calls: `selectors` of `target`.
    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    bool public constant IS_TEST = true;

    Vm internal constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    error NotEqual(string what, bytes32 actual, bytes32 expected);
    error NotTrue(string what);

    /// @dev `value` if it is within the bounds, otherwise another value that is. The bounds themselves are frequent.
    function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        if (value >= least && value <= most) return value;
        uint256 size = most - least + 1;
        return size == 0 ? value : least + (value % size);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function assertEq(bytes32 actual, bytes32 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqual(what, actual, expected);
    }

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        assertEq(bytes32(actual), bytes32(expected), what);
    }

    function assertEq(address actual, address expected, string memory what) internal pure {
        assertEq(bytes32(uint256(uint160(actual))), bytes32(uint256(uint160(expected))), what);
    }

    function assertEq(bool actual, bool expected, string memory what) internal pure {
        assertEq(bytes32(uint256(actual ? 1 : 0)), bytes32(uint256(expected ? 1 : 0)), what);
    }
}

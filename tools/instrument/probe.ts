/** The library that instrumented contracts call. It is added to the compiler's input, not to a file. */
export const PROBE_SOURCE = 'stemma-probe.sol'

/** The coinbase with which a run reports the mutants that it reaches. */
export const REACH_COINBASE = (1n << 160n) - 2n

/**
 * `hit` reports a reached point to EDR, by a call to the address that EDR watches for coverage. `decided` reports how a
 * condition was decided, and returns the condition. `on` returns whether a mutant is the active one, which the block's
 * coinbase names, so that one build contains every mutant. Pure functions may call all three: a cast hides that they
 * read the chain.
 */
export const PROBE_LIBRARY = `// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.20;

library Probe {
    function hit(uint256 point) internal pure {
        _pure(_hit)(point);
    }

    function decided(uint256 point, bool condition) internal pure returns (bool) {
        _pure(_hit)(condition ? point : point + 1);
        return condition;
    }

    function on(uint256 mutant) internal pure returns (bool) {
        return active(mutant) == mutant;
    }

    function active(uint256 reached) internal pure returns (uint256) {
        return _pureRead(_active)(reached);
    }

    function _active(uint256 reached) private view returns (uint256 mutant) {
        mutant = uint160(address(block.coinbase));
        if (mutant == ${REACH_COINBASE}) _hit(reached);
    }

    function _hit(uint256 point) private view {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, point)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, free, 32, 0, 0))
        }
    }

    function _pure(function(uint256) internal view f) private pure returns (function(uint256) internal pure g) {
        assembly ("memory-safe") {
            g := f
        }
    }

    function _pureRead(
        function(uint256) internal view returns (uint256) f
    ) private pure returns (function(uint256) internal pure returns (uint256) g) {
        assembly ("memory-safe") {
            g := f
        }
    }
}
`

/** The library that instrumented contracts call. It is added to what the compiler is given, and to no file. */
export const PROBE_SOURCE = 'stemma-probe.sol'

/** The coinbase under which a run says which mutants it reaches. */
export const REACH_COINBASE = (1n << 160n) - 2n

/**
 * `hit` tells EDR, by a call to the address that it watches for coverage, that a point was reached; `decided` tells how a condition
 * was decided, and hands it on. `on` says whether a mutant is the one that this run is about: the coinbase of the block names it,
 * so that one build holds every mutant. Pure functions may call all of them: a cast hides that they look at the chain.
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

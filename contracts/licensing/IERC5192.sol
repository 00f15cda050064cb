// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";

/// @dev ERC-5192: tokens that are bound to their holder. See https://eips.ethereum.org/EIPS/eip-5192.
interface IERC5192 is IERC721 {
    /// @dev Emitted when a token is bound.
    event Locked(uint256 tokenId);

    /// @dev Emitted when a token is no longer bound.
    event Unlocked(uint256 tokenId);

    /// @dev Whether the token is bound. Reverts for a token that does not exist.
    function locked(uint256 tokenId) external view returns (bool);
}

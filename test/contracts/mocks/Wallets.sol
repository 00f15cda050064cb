// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev A contract account that can call anything, so that it may act as publisher, controller or holder.
abstract contract Wallet {
    error CallFailed(bytes reason);

    function execute(address target, bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory result) = target.call(data);
        if (!success) revert CallFailed(result);
        return result;
    }
}

/// @dev A wallet that accepts its owner's signatures.
contract OwnedWallet is Wallet {
    address private immutable _OWNER;

    constructor(address owner) {
        _OWNER = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(hash, signature);
        bool valid = failure == ECDSA.RecoverError.NoError && signer == _OWNER;
        return valid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev Accepts one digest as signed with any signature, until a test changes it.
contract ApprovingWallet is Wallet {
    bytes32 private _approved;

    function approve(bytes32 hash) external {
        _approved = hash;
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        return hash == _approved ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @dev Misbehaves in one of several ways.
contract HostileWallet is Wallet {
    enum Way {
        Refuse,
        Revert,
        RevertLong,
        ReturnNothing,
        ReturnShort,
        ReturnDirty,
        ReturnLong,
        ReturnLongAccepting,
        Burn,
        Invalid,
        Write,
        Reenter
    }

    Way private immutable _WAY;
    address private _target;
    bytes private _data;
    uint256 public written;

    constructor(Way way) {
        _WAY = way;
    }

    /// @dev The call that {Way.Reenter} makes while its signature is checked.
    function setCall(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        bytes32 accepted = bytes32(IERC1271.isValidSignature.selector);
        if (_WAY == Way.Refuse) return bytes4(0xffffffff);
        if (_WAY == Way.Revert) revert("no");
        if (_WAY == Way.RevertLong) {
            assembly {
                mstore(0, accepted)
                revert(0, 0x20000)
            }
        }
        if (_WAY == Way.ReturnNothing) {
            assembly {
                return(0, 0)
            }
        }
        if (_WAY == Way.ReturnShort) {
            assembly {
                mstore(0, accepted)
                return(0, 31)
            }
        }
        if (_WAY == Way.ReturnDirty) {
            assembly {
                mstore(0, or(accepted, 1))
                return(0, 32)
            }
        }
        if (_WAY == Way.ReturnLong) {
            assembly {
                return(0x80, 0x20000)
            }
        }
        if (_WAY == Way.ReturnLongAccepting) {
            assembly {
                mstore(0, accepted)
                return(0, 0x20000)
            }
        }
        if (_WAY == Way.Burn) {
            assembly {
                mstore(0xffffffffffff, 1) // no gas limit covers this much memory
            }
        }
        if (_WAY == Way.Invalid) {
            assembly {
                invalid()
            }
        }
        if (_WAY == Way.Write) {
            written = 1;
        }
        if (_WAY == Way.Reenter) {
            (bool success, ) = _target.call(_data);
            if (!success) revert CallFailed("");
        }
        return IERC1271.isValidSignature.selector;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev A contract account with its own ether, which receives ether in one of several ways.
contract Receiver {
    enum Way {
        Take,
        Refuse,
        Burn,
        ReturnLong,
        Reenter
    }

    Way private immutable _WAY;
    address private _target;
    bytes private _data;
    bool public reentered;
    bytes public answer;

    error CallFailed(bytes reason);
    error Refused();

    constructor(Way way) payable {
        _WAY = way;
    }

    receive() external payable {
        if (_WAY == Way.Refuse) revert Refused();
        if (_WAY == Way.Burn) {
            assembly {
                invalid()
            }
        }
        if (_WAY == Way.ReturnLong) {
            assembly {
                return(0, 0x20000)
            }
        }
        if (_WAY == Way.Reenter) (reentered, answer) = _target.call(_data);
    }

    function execute(address target, uint256 value, bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory result) = target.call{value: value}(data);
        if (!success) revert CallFailed(result);
        return result;
    }

    /// @dev The call that {Way.Reenter} makes when it receives ether.
    function setCall(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }
}

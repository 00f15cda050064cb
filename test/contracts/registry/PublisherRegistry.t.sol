// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IPublisherRegistry} from "../../../contracts/registry/IPublisherRegistry.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {LedgerTest} from "../base/LedgerTest.sol";

/// @dev Compares the registry with a naive model: one controller, one proposed account, and a list of operators with their
/// scopes that a change of controller empties.
contract PublisherRegistryTest is LedgerTest {
    uint256 private constant ACCOUNTS = 4;

    address private _controller;
    address private _pending;
    uint40[ACCOUNTS] private _until;
    uint16[ACCOUNTS] private _scopes;
    // The scopes that an account ever had in this epoch; all once it was removed.
    uint16[ACCOUNTS] private _had;
    uint32 private _epoch;

    function testFuzz_isAuthorized_followsTheNaiveModel(
        uint8[20] memory steps,
        uint8[20] memory callers,
        uint8[20] memory subjects,
        uint8[20] memory waits
    ) public {
        address publisher = _account(0);
        _controller = publisher;
        for (uint256 i = 0; i < steps.length; ++i) {
            VM.warp(block.timestamp + (waits[i] % 4));
            _step(publisher, steps[i] % 8, _account(callers[i]), subjects[i]);

            IPublisherRegistry.Publisher memory known = ledger.publisherOf(publisher);
            assertEq(known.controller, _controller, "controller");
            assertEq(known.pendingController, _pending, "pending");
            assertEq(known.epoch, _epoch, "epoch");
            assertEq(ledger.epochOf(publisher), _epoch, "epoch of");
            for (uint256 j = 0; j < ACCOUNTS; ++j) {
                address account = _account(j);
                bool live = block.timestamp < _until[j];
                (uint16 scopes, uint40 until, uint16 withdrawn) = ledger.operatorOf(publisher, account);
                assertEq(until, live ? _until[j] : 0, "until");
                assertEq(scopes, live ? _scopes[j] : 0, "scopes");
                assertEq(withdrawn, _had[j] & ~_scopes[j], "withdrawn");
                assertEq(ledger.canControl(publisher, account), account == _controller, "controls");
                for (uint16 asked = 0; asked < 64; asked += 7) {
                    bool authorized = account == _controller || (live && asked & ~_scopes[j] == 0);
                    assertEq(ledger.hasScope(publisher, account, asked), authorized, "authorized");
                }
            }
        }
    }

    function testFuzz_setOperator_lastsUntilItsEnd(uint40 time, uint40 until, uint40 later) public {
        VM.warp(time);
        address operator = _account(1);
        bool allowed = until == 0 || until > time;
        bytes memory call = abi.encodeCall(
            IPublisherRegistry.setOperator,
            (address(this), operator, Scopes.ALL, until)
        );
        assertEq(_try(address(this), call), allowed, "allowed");
        VM.warp(later);
        assertEq(ledger.hasScope(address(this), operator, Scopes.ALL), allowed && later < until, "authorized");
    }

    /// @dev Tries one act. An act against the rules must revert and change nothing.
    function _step(address publisher, uint8 step, address caller, uint8 subject) private {
        address account = _account(subject);
        if (step < 3) {
            uint40 until = subject % 5 == 0 ? 0 : uint40(block.timestamp + (subject % 8));
            uint16 scopes = (subject / 8) % 34;
            bool removes = scopes == 0 || until == 0;
            uint256 index = subject % ACCOUNTS;
            bool allowed = caller == _controller && (until == 0 || until > block.timestamp) && scopes < 32;
            if (!removes && scopes & _had[index] & ~_scopes[index] != 0) allowed = false;
            bytes memory call = abi.encodeCall(IPublisherRegistry.setOperator, (publisher, account, scopes, until));
            assertEq(_try(caller, call), allowed, "set operator");
            if (!allowed) return;
            (_until[index], _scopes[index]) = removes ? (0, 0) : (until, scopes);
            _had[index] = removes ? Scopes.ALL : _had[index] | scopes;
        } else if (step < 6) {
            address next = subject % 5 == 0 ? address(0) : account;
            bool allowed = caller == _controller;
            bytes memory call = abi.encodeCall(IPublisherRegistry.proposeController, (publisher, next));
            assertEq(_try(caller, call), allowed, "propose");
            if (allowed) _pending = next;
        } else {
            bool allowed = caller == _pending;
            assertEq(_try(caller, abi.encodeCall(IPublisherRegistry.acceptController, (publisher))), allowed, "accept");
            if (!allowed) return;
            (_controller, _pending) = (caller, address(0));
            delete _until;
            delete _scopes;
            delete _had;
            ++_epoch;
        }
    }

    function _account(uint256 index) private pure returns (address) {
        return address(uint160(0x1000 + (index % ACCOUNTS)));
    }

    function _try(address caller, bytes memory data) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(ledger).call(data);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DirectAccess} from "../governance/DirectAccess.sol";
import {IPublisherRegistry} from "./IPublisherRegistry.sol";
import {PublisherAuthority} from "./PublisherAuthority.sol";

/// @dev Implements {IPublisherRegistry} as a part of the {Ledger}, so that a registration reads its publisher's
/// controller without a call to another contract.
abstract contract PublisherRegistry is IPublisherRegistry, PublisherAuthority, DirectAccess {
    struct Account {
        address controller; // slot 0, bytes 0-19: zero means the publisher itself
        uint40 verifiedUntil; // slot 0, bytes 20-24
        uint32 epoch; // slot 0, bytes 25-28: grows with each change of controller
        address pendingController; // slot 1
        bytes32 profile; // slot 2
    }

    mapping(address publisher => Account) private _accounts;
    mapping(address publisher => mapping(uint256 epoch => mapping(address operator => uint40 until)))
        private _operators;

    modifier onlyController(address publisher) {
        _requireController(publisher, msg.sender);
        _;
    }

    modifier onlyFuture(uint40 until) {
        if (until != 0 && until <= block.timestamp) revert PublisherRegistryExpired(until);
        _;
    }

    /// @inheritdoc IPublisherRegistry
    function setProfile(address publisher, bytes32 profile, string calldata domain) external onlyController(publisher) {
        if (bytes(domain).length > 253) revert PublisherRegistryDomainTooLong(bytes(domain).length);
        Account storage account = _accounts[publisher];
        account.profile = profile;
        account.verifiedUntil = 0;
        emit ProfileSet(publisher, profile, domain);
    }

    /// @inheritdoc IPublisherRegistry
    function verifyPublisher(address publisher, bytes32 profile, uint40 until) external restricted onlyFuture(until) {
        Account storage account = _accounts[publisher];
        if (account.profile != profile) {
            revert PublisherRegistryProfileMismatch(publisher, profile, account.profile);
        }
        account.verifiedUntil = until;
        emit PublisherVerified(publisher, msg.sender, profile, until);
    }

    /// @inheritdoc IPublisherRegistry
    function setOperator(
        address publisher,
        address operator,
        uint40 until
    ) external onlyController(publisher) onlyFuture(until) {
        _operators[publisher][_accounts[publisher].epoch][operator] = until;
        emit OperatorSet(publisher, operator, until);
    }

    /// @inheritdoc IPublisherRegistry
    function proposeController(address publisher, address controller) external onlyController(publisher) {
        _accounts[publisher].pendingController = controller;
        emit ControllerProposed(publisher, controller);
    }

    /// @inheritdoc IPublisherRegistry
    function acceptController(address publisher) external {
        Account storage account = _accounts[publisher];
        if (account.pendingController != msg.sender) {
            revert PublisherRegistryNotPendingController(publisher, msg.sender, account.pendingController);
        }
        address previous = _controllerOf(publisher);
        account.controller = msg.sender;
        account.pendingController = address(0);
        account.verifiedUntil = 0;
        ++account.epoch;
        emit ControllerChanged(publisher, previous, msg.sender);
    }

    /// @inheritdoc IPublisherRegistry
    function publisherOf(address publisher) external view returns (Publisher memory) {
        Account storage account = _accounts[publisher];
        return
            Publisher({
                controller: _controllerOf(publisher),
                pendingController: account.pendingController,
                verifiedUntil: account.verifiedUntil,
                profile: account.profile
            });
    }

    /// @inheritdoc IPublisherRegistry
    function operatorUntil(address publisher, address operator) external view returns (uint40) {
        uint40 until = _operators[publisher][_accounts[publisher].epoch][operator];
        return block.timestamp < until ? until : 0;
    }

    /// @inheritdoc IPublisherRegistry
    function isAuthorized(address publisher, address account) external view returns (bool) {
        return _isAuthorized(publisher, account);
    }

    /// @inheritdoc PublisherAuthority
    function _isAuthorized(address publisher, address account) internal view override returns (bool) {
        Account storage stored = _accounts[publisher];
        address controller = stored.controller;
        if (account == (controller == address(0) ? publisher : controller)) return true;
        return block.timestamp < _operators[publisher][stored.epoch][account];
    }

    /// @inheritdoc PublisherAuthority
    function _requireAuthorized(address publisher, address account) internal view override {
        if (!_isAuthorized(publisher, account)) revert PublisherRegistryUnauthorized(publisher, account);
    }

    /// @inheritdoc PublisherAuthority
    function _requireController(address publisher, address account) internal view override {
        if (_controllerOf(publisher) != account) revert PublisherRegistryNotController(publisher, account);
    }

    function _controllerOf(address publisher) private view returns (address) {
        address controller = _accounts[publisher].controller;
        return controller == address(0) ? publisher : controller;
    }
}

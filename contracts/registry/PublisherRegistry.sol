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
        uint32 epoch; // slot 0, bytes 20-23: grows with each change of controller
        Standing standing; // slot 1
        bytes32 profile; // slot 2
    }

    /// @dev What a hand-over clears, in one word.
    struct Standing {
        address pendingController; // bytes 0-19
        uint40 verifiedFrom; // bytes 20-24: Unix seconds
        uint40 verifiedUntil; // bytes 25-29: Unix seconds, zero means not verified
        uint16 verifier; // bytes 30-31: number of the verifier, zero means not verified
    }

    mapping(address publisher => Account) private _accounts;
    mapping(uint256 number => address verifier) private _verifiers;
    mapping(address verifier => uint16 number) private _verifierNumbers;
    uint16 private _verifierCount;
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
        account.standing = Standing(account.standing.pendingController, 0, 0, 0);
        emit ProfileSet(publisher, profile, domain);
    }

    /// @inheritdoc IPublisherRegistry
    function verifyPublisher(
        address publisher,
        bytes32 profile,
        uint40 from,
        uint40 until
    ) external restricted onlyFuture(until) {
        if (from >= until && from | until != 0) revert PublisherRegistryEmptyVerification(from, until);
        Account storage account = _accounts[publisher];
        if (account.profile != profile) {
            revert PublisherRegistryProfileMismatch(publisher, profile, account.profile);
        }
        uint16 verifier = until == 0 ? 0 : _numberOfVerifier(msg.sender);
        account.standing = Standing(account.standing.pendingController, from, until, verifier);
        emit PublisherVerified(publisher, msg.sender, profile, from, until);
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
        _accounts[publisher].standing.pendingController = controller;
        emit ControllerProposed(publisher, controller);
    }

    /// @inheritdoc IPublisherRegistry
    function acceptController(address publisher) external {
        Account storage account = _accounts[publisher];
        address pending = account.standing.pendingController;
        if (pending != msg.sender) revert PublisherRegistryNotPendingController(publisher, msg.sender, pending);
        address previous = _controllerOf(publisher);
        account.controller = msg.sender;
        ++account.epoch;
        delete account.standing;
        emit ControllerChanged(publisher, previous, msg.sender);
    }

    /// @inheritdoc IPublisherRegistry
    function publisherOf(address publisher) external view returns (Publisher memory) {
        Account storage account = _accounts[publisher];
        Standing memory standing = account.standing;
        return
            Publisher({
                controller: _controllerOf(publisher),
                epoch: account.epoch,
                pendingController: standing.pendingController,
                verifiedFrom: standing.verifiedFrom,
                verifiedUntil: standing.verifiedUntil,
                verifier: _verifiers[standing.verifier],
                profile: account.profile
            });
    }

    /// @inheritdoc IPublisherRegistry
    function epochOf(address publisher) external view returns (uint32) {
        return _accounts[publisher].epoch;
    }

    /// @inheritdoc IPublisherRegistry
    function verifierOf(uint16 number) external view returns (address) {
        return _verifiers[number];
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

    /// @dev The number of a verifier, the next one if it has none yet.
    function _numberOfVerifier(address verifier) private returns (uint16 number) {
        number = _verifierNumbers[verifier];
        if (number != 0) return number;
        number = ++_verifierCount;
        _verifierNumbers[verifier] = number;
        _verifiers[number] = verifier;
    }
}

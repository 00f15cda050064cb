// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {
    Credential,
    CredentialState,
    Grant,
    ILicenseCredential,
    Offer
} from "../../../contracts/licensing/ILicenseCredential.sol";
import {CredentialId, ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {Tier} from "../../../contracts/types/Terms.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {OfferSignature} from "../base/OfferSignature.sol";
import {Test} from "../base/Test.sol";

/**
 * @dev Does everything that credentials allow, with any caller, and keeps a naive account of it: where each credential stands
 * by itself, and under whose it was issued. A call must succeed exactly when the account allows it.
 *
 * Account 0 is the publisher, and account 1 an operator of it and of account 2. Tier 1 is open, for 9,000 seconds at most.
 */
contract CredentialHandler is LedgerTest {
    enum Standing {
        None,
        Active,
        Suspended, // by the publisher
        Held, // suspended by the parent's holder
        Revoked, // for good
        Dropped // revoked by the parent's holder, or given up
    }

    struct Kept {
        Standing standing;
        address parent; // the parent's holder; zero for none
        uint40 from;
        uint40 until;
        bool bound; // it has a token
    }

    uint256 public constant ACCOUNTS = 8;
    uint256 public constant TIERS = 2;
    uint40 private constant LONGEST = 9000;

    ModelId public immutable MODEL;

    /// @dev Calls that succeeded against the account, or failed against it.
    uint256 public surprises;
    string public surprise;

    TierId[TIERS] private _tiers;
    mapping(uint256 tier => mapping(address holder => Kept)) private _kept;

    constructor() {
        setUp();
        VM.prank(accountAt(0));
        MODEL = ledger.register(_registration(accountAt(0), "model", new ModelId[](0)));
    }

    /// @dev Offers the tiers and names the operators. The constructor has no room on its stack for this.
    function begin() external {
        TermsId terms = ledger.publishTerms(_terms("terms", 1));
        for (uint256 i = 0; i < TIERS; ++i) this.offerTier(i, terms);
        for (uint256 i = 0; i < 2; ++i) {
            VM.prank(accountAt(2 * i));
            ledger.setOperator(accountAt(2 * i), accountAt(1), Scopes.GRANT, type(uint40).max);
        }
    }

    /// @dev For {begin}.
    function offerTier(uint256 index, TermsId terms) external {
        Tier memory tier;
        tier.model = MODEL;
        tier.terms = terms;
        tier.name = index == 0 ? "gated" : "open";
        tier.open = index == 1;
        tier.subCredentials = true;
        tier.maxDuration = index == 1 ? LONGEST : 0;
        VM.prank(accountAt(0));
        _tiers[index] = ledger.offerTier(tier);
    }

    function pass(uint8 time) external {
        VM.warp(block.timestamp + time);
    }

    function grant(uint256 tier, uint256 caller, uint256 holder, uint8 delay, uint8 length) external {
        Grant memory granted = _grant(tier, holder, delay, length);
        // Longer than sub-credentials, but within the longest duration of the open tier.
        if (length > 4) granted.validUntil = granted.validFrom + LONGEST - length;
        address sender = (caller >> 8) % 4 == 0 ? accountAt(caller) : accountAt(0);
        bool allowed = _acts(accountAt(0), sender) && _isFree(tier, granted.holder) && length != 0;
        if (_attempt("grant", sender, abi.encodeCall(ILicenseCredential.grant, (granted)), allowed)) {
            _issued(tier, granted, address(0));
        }
    }

    function accept(uint256 tier, uint256 caller, uint256 signer, uint256 holder, uint8 length) external {
        Offer memory offer = Offer({
            grant: _grant(tier, holder, 0, length),
            epoch: 0,
            deadline: uint48(block.timestamp)
        });
        bytes memory signature = OfferSignature.sign(address(credentials), _key(signer), offer);
        bytes memory call = abi.encodeCall(ILicenseCredential.accept, (offer, accountAt(signer), signature));
        bool allowed =
            _acts(accountAt(0), accountAt(signer)) &&
                _acts(offer.grant.holder, accountAt(caller)) &&
                _isFree(tier, offer.grant.holder) &&
                length != 0;
        if (_attempt("accept", accountAt(caller), call, allowed)) _issued(tier, offer.grant, address(0));
    }

    function obtain(uint256 tier, uint256 caller) external {
        Kept storage kept = _kept[tier % TIERS][accountAt(caller)];
        bool ended = kept.standing == Standing.Active && kept.until <= block.timestamp && kept.parent == address(0);
        bool allowed = tier % TIERS == 1 && (ended || _isFree(tier, accountAt(caller)));
        bytes memory call = abi.encodeCall(ILicenseCredential.obtain, (MODEL, _tiers[tier % TIERS]));
        if (!_attempt("obtain", accountAt(caller), call, allowed)) return;
        Grant memory granted = _grant(tier, caller, 0, 0);
        granted.validUntil = uint40(block.timestamp) + LONGEST;
        if (ended) kept.until = granted.validUntil;
        else _issued(tier, granted, address(0));
    }

    function grantUnder(
        uint256 tier,
        uint256 caller,
        uint256 licensee,
        uint256 holder,
        uint8 delay,
        uint8 length
    ) external {
        Grant memory granted = _grant(tier, holder, delay, length);
        address parent = accountAt(licensee);
        address sender = (caller >> 8) % 4 == 0 ? accountAt(caller) : parent;
        Kept storage kept = _kept[tier % TIERS][granted.holder];
        bool free = kept.standing == Standing.None || (kept.standing == Standing.Dropped && kept.parent != address(0));
        bool allowed = _mayIssueUnder(tier, parent, sender, granted.validUntil) && free && length != 0;
        bytes memory call = abi.encodeCall(
            ILicenseCredential.grantUnder,
            (MODEL, granted.tier, parent, granted.holder, granted.validFrom, granted.validUntil)
        );
        if (_attempt("grantUnder", sender, call, allowed)) _issued(tier, granted, parent);
    }

    function renew(uint256 tier, uint256 caller, uint256 holder, uint8 length) external {
        Kept storage kept = _kept[tier % TIERS][accountAt(holder)];
        address sender = _sender(kept, caller);
        uint40 until = uint40(block.timestamp) + uint40(length) * 32;
        uint40 start = kept.from > block.timestamp ? kept.from : uint40(block.timestamp);
        bool may =
            kept.parent == address(0) ? _acts(accountAt(0), sender) : _mayIssueUnder(tier, kept.parent, sender, until);
        bool allowed = may && _isLiving(kept) && until > kept.until && until > start; // never too long for the open tier
        bytes memory call = abi.encodeCall(
            ILicenseCredential.renew,
            (MODEL, _tiers[tier % TIERS], accountAt(holder), until)
        );
        if (_attempt("renew", sender, call, allowed)) kept.until = until;
    }

    function suspend(uint256 tier, uint256 caller, uint256 holder) external {
        Kept storage kept = _kept[tier % TIERS][accountAt(holder)];
        address sender = _sender(kept, caller);
        (bool may, bool byPublisher) = _mayEnd(kept, sender);
        bool allowed = may && (kept.standing == Standing.Active || (byPublisher && kept.standing == Standing.Held));
        bytes memory call = abi.encodeCall(ILicenseCredential.suspend, (_id(tier, holder), ""));
        if (!_attempt("suspend", sender, call, allowed)) return;
        kept.standing = byPublisher ? Standing.Suspended : Standing.Held;
    }

    function reinstate(uint256 tier, uint256 caller, uint256 holder) external {
        Kept storage kept = _kept[tier % TIERS][accountAt(holder)];
        address sender = _sender(kept, caller);
        (bool may, bool byPublisher) = _mayEnd(kept, sender);
        bool allowed = may && (kept.standing == Standing.Held || (byPublisher && kept.standing == Standing.Suspended));
        bytes memory call = abi.encodeCall(ILicenseCredential.reinstate, (_id(tier, holder)));
        if (_attempt("reinstate", sender, call, allowed)) kept.standing = Standing.Active;
    }

    function revoke(uint256 tier, uint256 caller, uint256 holder) external {
        Kept storage kept = _kept[tier % TIERS][accountAt(holder)];
        address sender = _sender(kept, caller);
        (bool may, bool byPublisher) = _mayEnd(kept, sender);
        if (byPublisher && !_isSeldom(tier, caller, holder)) return;
        bool allowed = may && (_isLiving(kept) || (byPublisher && kept.standing == Standing.Dropped));
        bytes memory call = abi.encodeCall(ILicenseCredential.revoke, (_id(tier, holder), ""));
        if (!_attempt("revoke", sender, call, allowed)) return;
        _end(kept, byPublisher);
    }

    function renounce(uint256 tier, uint256 caller, uint256 holder) external {
        Kept storage kept = _kept[tier % TIERS][accountAt(holder)];
        if (kept.parent == address(0) && !_isSeldom(tier, caller, holder)) return;
        bool allowed = accountAt(caller) == accountAt(holder) && _isLiving(kept);
        bytes memory call = abi.encodeCall(ILicenseCredential.renounce, (_id(tier, holder)));
        if (_attempt("renounce", accountAt(caller), call, allowed)) _end(kept, kept.parent == address(0));
    }

    function cancelOffer(uint256 tier, uint256 caller, uint256 holder) external {
        if (!_isSeldom(tier, caller, holder)) return;
        Kept storage kept = _kept[tier % TIERS][accountAt(holder)];
        bool allowed = _acts(accountAt(0), accountAt(caller)) && kept.standing == Standing.None;
        bytes memory call = abi.encodeCall(
            ILicenseCredential.cancelOffer,
            (MODEL, _tiers[tier % TIERS], accountAt(holder))
        );
        if (_attempt("cancelOffer", accountAt(caller), call, allowed)) kept.standing = Standing.Revoked;
    }

    function request(uint256 tier, uint256 caller, uint16 length) external {
        string memory uri = string(new bytes(length % 4096));
        bytes memory call = abi.encodeCall(ILicenseCredential.request, (MODEL, _tiers[tier % TIERS], 0, uri));
        _attempt("request", accountAt(caller), call, length % 4096 <= 2048);
    }

    /// @dev Compares a credential with the account.
    function check(uint256 tier, uint256 index) external view {
        address holder = accountAt(index);
        Kept memory kept = _kept[tier][holder];
        CredentialId id = _id(tier, index);
        Credential memory credential = credentials.credentialOf(id);
        Kept memory parent;
        if (kept.parent != address(0)) parent = _kept[tier][kept.parent];
        bool valid = _isValidNow(kept) && (kept.parent == address(0) || _isValidNow(parent));
        assertEq(credentials.isValid(id), valid, "valid now");
        assertEq(credentials.isValidAt(id, uint40(block.timestamp)), valid, "valid at the present time");
        assertEq(uint256(credential.state), _max(_state(kept.standing), _state(parent.standing)), "state");
        CredentialId above = credentials.parentOf(id);
        bytes32 expected =
            kept.parent == address(0)
                ? bytes32(0)
                : bytes32(CredentialId.unwrap(credentials.hashCredential(MODEL, _tiers[tier], kept.parent)));
        assertEq(bytes32(CredentialId.unwrap(above)), expected, "parent");
        if (kept.parent != address(0)) {
            assertEq(parent.parent, address(0), "a sub-credential under a sub-credential");
            Credential memory parents = credentials.credentialOf(above);
            assertTrue(credential.validUntil <= parents.validUntil, "longer than its parent");
            assertTrue(credential.validFrom >= parents.validFrom, "earlier than its parent");
            for (uint40 time = credential.validFrom; time < credential.validFrom + 300; time += 7) {
                if (credentials.isValidAt(id, time))
                    assertTrue(credentials.isValidAt(above, time), "without its parent");
            }
        }
        if (kept.bound) assertEq(credentials.ownerOf(CredentialId.unwrap(id)), holder, "holder");
    }

    function accountAt(uint256 index) public pure returns (address) {
        return VM.addr(_key(index));
    }

    function _issued(uint256 tier, Grant memory granted, address parent) private {
        uint40 time = uint40(block.timestamp);
        _kept[tier % TIERS][granted.holder] = Kept({
            standing: Standing.Active,
            parent: parent,
            from: granted.validFrom > time ? granted.validFrom : time,
            until: granted.validUntil,
            bound: true
        });
    }

    function _end(Kept storage kept, bool forGood) private {
        bool dropped = kept.parent != address(0) && !forGood && kept.standing != Standing.Suspended;
        kept.standing = dropped ? Standing.Dropped : Standing.Revoked;
        if (kept.until > block.timestamp) kept.until = uint40(block.timestamp);
    }

    function _attempt(
        string memory what,
        address caller,
        bytes memory call,
        bool allowed
    ) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(credentials).call(call);
        if (success == allowed) return success;
        ++surprises;
        surprise = what;
    }

    function _grant(
        uint256 tier,
        uint256 holder,
        uint8 delay,
        uint8 length
    ) private view returns (Grant memory granted) {
        granted.model = MODEL;
        granted.tier = _tiers[tier % TIERS];
        granted.holder = accountAt(holder);
        // Mostly from now, so that much is valid; sub-credentials mostly end before their parents.
        granted.validFrom = uint40(block.timestamp) + (delay % 8 == 0 ? delay : 0);
        granted.validUntil = granted.validFrom + uint40(length) * 32;
    }

    /// @dev Who acts about a credential: often the publisher or the parent's holder, else anybody.
    function _sender(Kept storage kept, uint256 caller) private view returns (address) {
        if ((caller >> 8) % 3 == 0) return accountAt(0);
        if ((caller >> 8) % 3 == 1 && kept.parent != address(0)) return kept.parent;
        return accountAt(caller);
    }

    /// @dev What ends a credential for good happens seldom, because nothing can be done with it afterwards.
    function _isSeldom(uint256 tier, uint256 caller, uint256 holder) private view returns (bool) {
        return uint256(keccak256(abi.encode(block.timestamp, tier, caller, holder))) % 16 == 0;
    }

    /// @dev Whether a credential may be issued or renewed under that of `parent`.
    function _mayIssueUnder(uint256 tier, address parent, address caller, uint40 until) private view returns (bool) {
        Kept storage kept = _kept[tier % TIERS][parent];
        bool direct = kept.standing != Standing.None && kept.parent == address(0);
        return direct && _isValidNow(kept) && until <= kept.until && _acts(parent, caller);
    }

    /// @dev Whether the publisher can give a credential to `holder` itself.
    function _isFree(uint256 tier, address holder) private view returns (bool) {
        Kept storage kept = _kept[tier % TIERS][holder];
        if (kept.standing == Standing.None) return true;
        bool publishersWord = kept.standing == Standing.Suspended || kept.standing == Standing.Revoked;
        return kept.parent != address(0) && !publishersWord;
    }

    function _mayEnd(Kept storage kept, address caller) private view returns (bool may, bool byPublisher) {
        byPublisher = _acts(accountAt(0), caller);
        may = byPublisher || (kept.parent != address(0) && _acts(kept.parent, caller));
    }

    function _isValidNow(Kept memory kept) private view returns (bool) {
        return kept.standing == Standing.Active && kept.from <= block.timestamp && block.timestamp < kept.until;
    }

    function _id(uint256 tier, uint256 holder) private view returns (CredentialId) {
        return credentials.hashCredential(MODEL, _tiers[tier % TIERS], accountAt(holder));
    }

    function _acts(address account, address caller) private pure returns (bool) {
        bool operates = account == accountAt(0) || account == accountAt(2);
        return caller == account || (operates && caller == accountAt(1));
    }

    function _isLiving(Kept storage kept) private view returns (bool) {
        Standing standing = kept.standing;
        return standing == Standing.Active || standing == Standing.Suspended || standing == Standing.Held;
    }

    function _state(Standing standing) private pure returns (uint256) {
        if (standing == Standing.None) return uint256(CredentialState.None);
        if (standing == Standing.Active) return uint256(CredentialState.Active);
        bool suspended = standing == Standing.Suspended || standing == Standing.Held;
        return uint256(suspended ? CredentialState.Suspended : CredentialState.Revoked);
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function _key(uint256 index) private pure returns (uint256) {
        return 1 + (index % ACCOUNTS);
    }
}

contract SubCredentialsTest is Test {
    CredentialHandler private _handler;

    function setUp() public {
        _handler = new CredentialHandler();
        _handler.begin();
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](15);
        selectors[0] = CredentialHandler.pass.selector;
        selectors[1] = CredentialHandler.grant.selector;
        selectors[2] = CredentialHandler.accept.selector;
        selectors[3] = CredentialHandler.obtain.selector;
        selectors[4] = CredentialHandler.grantUnder.selector;
        selectors[5] = CredentialHandler.renew.selector;
        selectors[6] = CredentialHandler.suspend.selector;
        selectors[7] = CredentialHandler.reinstate.selector;
        selectors[8] = CredentialHandler.revoke.selector;
        selectors[9] = CredentialHandler.renounce.selector;
        selectors[10] = CredentialHandler.cancelOffer.selector;
        selectors[11] = CredentialHandler.request.selector;
        // Often, because most else builds on it.
        selectors[12] = selectors[13] = CredentialHandler.grantUnder.selector;
        selectors[14] = CredentialHandler.grant.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Every call succeeds exactly when its caller may.
    function invariant_everyCallSucceedsExactlyWhenItMay() public view {
        assertEq(keccak256(bytes(_handler.surprise())), keccak256(""), _handler.surprise());
        assertEq(_handler.surprises(), 0, "surprises");
    }

    /// @dev A sub-credential is valid exactly while it and its parent are, and never had a time that its parent did not have.
    function invariant_aSubCredentialIsValidOnlyWithItsParent() public view {
        for (uint256 tier = 0; tier < _handler.TIERS(); ++tier) {
            for (uint256 i = 0; i < _handler.ACCOUNTS(); ++i) _handler.check(tier, i);
        }
    }
}

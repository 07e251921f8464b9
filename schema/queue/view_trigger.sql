-- view_trigger: an INSERT into the view goes to the part of its id.
CREATE OR REPLACE TRIGGER place_item INSTEAD OF INSERT ON leasehold.queue_{queue}
    FOR EACH ROW
    EXECUTE FUNCTION leasehold.place_item('{queue}', '{parts}', '{max_attempts}', '{keyed}')

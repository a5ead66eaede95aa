const plane = () => {};
